import { ownerKey, type Actor, type NewApiKey, type Owner } from '@telegather/contracts'
import { recordAudit, storedOwner, type Db } from '@telegather/db'
import { issueApiKey } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import { insertKey, lockTenant, type KeyRow } from './queries.ts'

export interface CreatedKey {
  readonly row: KeyRow
  /** The secret key. Only its hash is stored. */
  readonly key: string
}

/**
 * Creates an API key with scopes of the actor. A tenant's key creates only keys of that tenant. Throws `scope_missing`,
 * `tenant_not_found`, and `invalid_input` for an expiry in the past.
 */
export async function createKey(db: Db, actor: Actor, input: NewApiKey): Promise<CreatedKey> {
  const { scopes } = input
  const missing = scopes.filter(
    (scope) => !actor.scopes.includes('*') && !actor.scopes.includes(scope),
  )
  if (missing.length > 0)
    throw new DomainError(
      'scope_missing',
      `This key cannot grant scopes that it does not have: ${missing.join(', ')}`,
    )
  const expiresAt = input.expires_at == null ? null : new Date(input.expires_at)
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw new DomainError('invalid_input', 'expires_at is not in the future', {
      fields: [{ field: 'expires_at', message: 'not in the future' }],
    })
  const owner: Owner =
    input.tenant_id == null ? actor.owner : { kind: 'tenant', id: input.tenant_id }
  if (actor.owner.kind !== 'operator' && ownerKey(owner) !== ownerKey(actor.owner))
    throw tenantNotFound()

  return db.transaction(async (tx) => {
    if (owner.kind === 'tenant' && !(await lockTenant(tx, owner.id))) throw tenantNotFound()
    const { id, key, secretSha256 } = issueApiKey()
    const row = await insertKey(tx, {
      id,
      name: input.name,
      secretSha256,
      scopes,
      ...storedOwner(owner),
      expiresAt,
    })
    await recordAudit(tx, actor, {
      action: 'key.created',
      objectId: id,
      owner,
      details: { name: row.name, scopes },
    })
    return { row, key }
  })
}

function tenantNotFound(): DomainError {
  return new DomainError('tenant_not_found', 'Tenant not found')
}
