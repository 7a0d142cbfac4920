/**
 * `npm run archive:verify [-- --by-hash]`: verifies the stored files of all sources of a running stack, and prints the
 * findings. The scrapers execute the verifications and may be restarted meanwhile. Exits with 1 when a file is missing
 * or differs, or a verification failed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@telegather/service'
import postgres from 'postgres'
import { readStackConfig } from './config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const POLL_MS = 1_000
const NOT_RUNNING = 'No stack is running: run npm start, then this command in another terminal.'

interface Verified {
  readonly name: string
  readonly id: number
  readonly state: string
  readonly error: string | null
  readonly checked: number
  readonly missing: number
  readonly different: number
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Null when no stack runs. */
function databaseUrl(): string | null {
  const config = readStackConfig(root)
  if (config.DATABASE_URL !== undefined) return config.DATABASE_URL
  const file = join(config.dataDir, 'database-url')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}

async function run(byHash: boolean): Promise<number> {
  const url = databaseUrl()
  if (url === null) {
    say(NOT_RUNNING)
    return 1
  }
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await sql`
      insert into file_verifications (id, source_id, by_hash)
      select gen_random_uuid(), id, ${byHash} from sources where deleted_at is null
      on conflict do nothing`
    const since = await sql<{ id: string }[]>`
      select id from file_verifications where state in ('PENDING', 'RUNNING', 'WAITING')`
    return report(
      await finished(
        sql,
        since.map(({ id }) => id),
      ),
    )
  } finally {
    await sql.end()
  }
}

async function finished(sql: postgres.Sql, ids: readonly string[]): Promise<readonly Verified[]> {
  const printed = new Map<string, string>()
  for (;;) {
    const rows = await sql<Verified[]>`
      select sources.name, sources.id, v.state, v.error, files_checked as checked,
        files_missing as missing, files_different as different
      from file_verifications v join sources on sources.id = v.source_id
      where v.id = any(${ids}) order by sources.id`
    for (const row of rows) {
      const line = lineOf(row)
      const isNews = row.state !== 'PENDING' && row.state !== 'RUNNING'
      if (isNews && printed.get(String(row.id)) !== line) say(line)
      if (isNews) printed.set(String(row.id), line)
    }
    if (rows.every(({ state }) => state === 'COMPLETED' || state === 'FAILED')) return rows
    await delay(POLL_MS)
  }
}

function lineOf({ id, name, state, error, checked, missing, different }: Verified): string {
  const found = `${checked} files checked, ${missing} missing, ${different} different`
  return `${id} ${name}: ${state}, ${found}${error === null ? '' : `: ${error}`}`
}

function report(rows: readonly Verified[]): number {
  const isSound = rows.every(
    (row) => row.state === 'COMPLETED' && row.missing + row.different === 0,
  )
  say(
    isSound
      ? 'All files are present and equal.'
      : 'GET /sources/{id}/verify-files lists the files.',
  )
  return isSound ? 0 : 1
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

try {
  process.exit(await run(process.argv.includes('--by-hash')))
} catch (error) {
  if (isRefused(error)) say(NOT_RUNNING)
  else say(error instanceof ConfigError ? error.message : String((error as Error).stack))
  process.exit(1)
}
