import { ownerKey, type Actor, type NewApiKey, type Owner } from '@telegather/contracts'
import { recordAudit, storedOwner, type Db } from '@telegather/db'
import { issueApiKey } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import { insertKey, lockTenant, type KeyRow } from './queries.ts'

export interface CreatedKey {
  readonly row: KeyRow
  /** The key itself, which is kept nowhere. */
  readonly key: string
}

/** Makes a key that can do no more than the key that asks for it; a tenant's is for that tenant. */
export async function createKey(db: Db, actor: Actor, input: NewApiKey): Promise<CreatedKey> {
  const { scopes } = input
  const beyond = scopes.filter(
    (scope) => !actor.scopes.includes('*') && !actor.scopes.includes(scope),
  )
  if (beyond.length > 0)
    throw new DomainError(
      'scope_missing',
      `This key cannot give what it lacks: ${beyond.join(', ')}`,
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
