import { tenantIdOf, type ApiKey } from '@telegather/contracts'
import { ownerOf } from '@telegather/db'
import type { KeyRow } from './queries.ts'

export function presentKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    tenant_id: tenantIdOf(ownerOf(row)),
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  }
}
