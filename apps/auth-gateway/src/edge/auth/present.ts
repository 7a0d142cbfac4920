import { tenantIdOf, type Actor, type AuthMode, type Me } from '@telegather/contracts'

/** `name`: the name of the key; null without a key. */
export function presentMe(authMode: AuthMode, actor: Actor, name: string | null): Me {
  return {
    auth_mode: authMode,
    key_id: actor.keyId,
    name,
    tenant_id: tenantIdOf(actor.owner),
    scopes: [...actor.scopes],
  }
}
