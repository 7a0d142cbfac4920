import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import type { RunningStack } from '../../testing/running-stack.ts'
import { createQuietChannel } from '../channels.ts'
import { measure, type Work } from './measure-work.ts'

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url))
const POSTS = 20

/**
 * Measures runs whose source has nothing new, executed by two scrapers. The first run of each source stores the posts and
 * is not measured. `seconds` counts from the first run's `started_at` to the last run's `finished_at`.
 */
export async function measureQuietRuns(
  stack: RunningStack,
  sql: postgres.Sql,
  { sessionIds, sources }: { readonly sessionIds: readonly number[]; readonly sources: number },
): Promise<Work> {
  const channel = await createQuietChannel(stack.control, POSTS)
  const second = await startSecondScraper(stack, sql)
  try {
    await sql`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
      select 'operator', 'Quiet ' || n, ${channel}, 'Quiet', 'public', 'LOCAL', (${sessionIds}::int[])[1 + n % ${sessionIds.length}::int]
      from generate_series(1, ${sources}::int) n`
    await runAll(sql, channel)
    const processes = [...stack.processes, { name: 'second scraper', pid: second.pid }]
    return await measure('quiet runs, two scrapers', processes, async () => ({
      amount: sources,
      seconds: await runAll(sql, channel),
    }))
  } finally {
    await second.stop()
  }
}

/** Adds a run of each source of the channel and waits for their end. Returns the seconds that they took. */
async function runAll(sql: postgres.Sql, channel: string): Promise<number> {
  const added = await sql<{ id: string }[]>`
    insert into runs (id, source_id, trigger)
    select uuidv7(), id, 'manual' from sources where identifier = ${channel} returning id`
  const ids = added.map(({ id }) => id)
  for (;;) {
    const [runs] = await sql<{ open: number; failed: number; seconds: number }[]>`
      select count(*) filter (where finished_at is null)::int as open,
        count(*) filter (where finished_at is not null and state <> 'COMPLETED')::int as failed,
        extract(epoch from max(finished_at) - min(started_at))::float8 as seconds
      from runs where id = any(${ids})`
    if (!runs) throw new Error('an aggregate has no row')
    if (runs.failed > 0) throw new Error(`${runs.failed} of the quiet runs failed`)
    if (runs.open === 0) return runs.seconds
    await delay(250)
  }
}

/** Starts another scraper with the environment of the stack's scraper; resolves when it has announced itself. */
async function startSecondScraper({ scraperPid }: RunningStack, sql: postgres.Sql) {
  const environ = await readFile(`/proc/${scraperPid}/environ`, 'utf8')
  const env = Object.fromEntries(
    environ
      .split('\0')
      .filter((one) => one !== '')
      .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  )
  const child = spawn(process.execPath, ['apps/scraper/src/main.ts'], {
    cwd: CHECKOUT,
    env: { ...env, PORT: '0' },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  while ((await sql`select from scrapers`).length < 2) {
    if (child.exitCode !== null) throw new Error('the second scraper exited')
    await delay(100)
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
