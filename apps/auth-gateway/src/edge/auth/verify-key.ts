import type { DbOrTx } from '@telegather/db'
import { matchesSha256, parseApiKey } from '@telegather/secrets'
import { findUsableKey, type KeyRow } from '../keys/queries.ts'

/** The key that `text` is; null when it is misspelt, unknown, wrong, expired or revoked. */
export async function verifyKey(db: DbOrTx, text: string): Promise<KeyRow | null> {
  const parts = parseApiKey(text)
  const row = parts && (await findUsableKey(db, parts.id))
  return row && matchesSha256(parts.secret, row.secretSha256) ? row : null
}
