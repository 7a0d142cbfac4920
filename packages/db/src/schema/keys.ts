import type { Scope } from '@telegather/contracts'
import { index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { ownerColumns, ownerIsWhole, ownerTenantId } from './owner.ts'
import { tenants } from './tenants.ts'

/** API keys. Only the SHA-256 of the secret is stored; a slow hash is not needed for 256 random bits. */
export const apiKeys = pgTable(
  'api_keys',
  {
    /** The part of the key between `tg_` and the secret; not secret. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    secretSha256: text('secret_sha256').notNull(),
    scopes: text('scopes').array().$type<Scope[]>().notNull(),
    ...ownerColumns(),
    ownerTenantId: ownerTenantId().references(() => tenants.id, { onDelete: 'cascade' }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }),
    /** Updated at most once a minute. */
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
  },
  (table) => [
    index('api_keys_owner').on(table.ownerKind, table.ownerId),
    ownerIsWhole('api_keys_owner_is_whole', table),
  ],
)
