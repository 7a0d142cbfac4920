import type { DbOrTx } from '@telegather/db'
import { matchesSha256, parseApiKey } from '@telegather/secrets'
import { findUsableKey, type KeyRow } from '../keys/queries.ts'

/** The row of an API key; null when the key is malformed, unknown, wrong, expired or revoked. */
export async function verifyKey(db: DbOrTx, text: string): Promise<KeyRow | null> {
  const parts = parseApiKey(text)
  const row = parts && (await findUsableKey(db, parts.id))
  return row && matchesSha256(parts.secret, row.secretSha256) ? row : null
}
