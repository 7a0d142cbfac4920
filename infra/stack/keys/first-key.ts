import { join } from 'node:path'
import { authModeOf } from '@telegather/service'
import postgres from 'postgres'
import type { StackConfig } from '../config.ts'

/** Keys are asked for and there is none: the message says how to make the first. */
export class NoApiKey extends Error {
  override name = 'NoApiKey'
}

/** Throws `NoApiKey` when the gateway would refuse to start: it asks for keys, and nobody has one. */
export async function requireFirstKey(config: StackConfig, databaseUrl: string): Promise<void> {
  if (authModeOf(config) === 'none' || (await hasUsableKey(databaseUrl))) return
  const same = config.DATABASE_URL === undefined ? '' : ', with the same DATABASE_URL'
  throw new NoApiKey(
    `API keys are asked for, and there is none yet. Make the first one${same}:\n\n  ${commandFor(config)}\n`,
  )
}

/** Makes a key where this stack looks for it, in whatever environment it is entered. */
function commandFor({ root, dataDir }: StackConfig): string {
  const command = 'npm run keys:create-api'
  if (dataDir === join(root, '.data')) return command
  return `DATA_DIR='${dataDir.replaceAll("'", String.raw`'\''`)}' ${command}`
}

async function hasUsableKey(databaseUrl: string): Promise<boolean> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const rows = await sql`
      select from api_keys
      where revoked_at is null and (expires_at is null or expires_at > now())
      limit 1`
    return rows.length > 0
  } finally {
    await sql.end()
  }
}
