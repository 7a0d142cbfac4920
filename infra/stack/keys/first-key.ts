import { join } from 'node:path'
import { authModeOf } from '@telegather/service'
import postgres from 'postgres'
import type { StackConfig } from '../config.ts'

/** API keys are required and none exists; the message says how to create the first. */
export class NoApiKey extends Error {
  override name = 'NoApiKey'
}

/** Throws `NoApiKey` when the gateway would refuse to start: API keys are required and none exists. */
export async function requireFirstKey(config: StackConfig, databaseUrl: string): Promise<void> {
  if (authModeOf(config) === 'none' || (await hasUsableKey(databaseUrl))) return
  const same = config.DATABASE_URL === undefined ? '' : ', with the same DATABASE_URL'
  throw new NoApiKey(
    `API keys are required, and none exists yet. Create the first one${same}:\n\n  ${commandFor(config)}\n`,
  )
}

/** The command that creates a key in this stack's data directory, independent of the shell's environment. */
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
