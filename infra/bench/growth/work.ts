import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import type { RunningStack } from '../../testing/running-stack.ts'
import { createSmallFiles } from '../channels.ts'
import { createSession, runScraper } from '../scraper-run.ts'
import { measure, type Work } from './measure-work.ts'
import { measureQuietRuns } from './quiet-runs.ts'

interface Amounts {
  readonly smallFiles: number
  /** Sessions of the quiet runs. */
  readonly sessions: number
  /** Sources of the quiet runs. */
  readonly quietSources: number
}

/** There are more sessions than two scrapers execute runs at once. */
const AMOUNTS: Amounts = { smallFiles: 1000, sessions: 12, quietSources: 600 }

export async function measureWork(
  stack: RunningStack,
  sql: postgres.Sql,
  amounts = AMOUNTS,
): Promise<Work[]> {
  const sessionIds: number[] = []
  for (let n = 1; n <= amounts.sessions; n++) {
    const account = { phone: `+999662${1100 + n}`, code: '22222' }
    sessionIds.push((await createSession(stack, account, `bench ${n}`)).id)
  }
  const [sessionId = 0] = sessionIds
  const channel = await createSmallFiles(stack.control, amounts.smallFiles)
  const files = await measure('files of 4 KiB stored', stack.processes, async () =>
    runScraper(stack, sessionId, { channel, counter: 'files_stored' }),
  )
  const quiet = await measureQuietRuns(stack, sql, {
    sessionIds,
    sources: amounts.quietSources,
  })
  const schedules = await measureSchedules(stack, sql, sessionId)
  return [quiet, schedules, files]
}

/**
 * Makes all sources without posts due at one instant and waits until all have runs. The session of the sources serves
 * another run meanwhile, so that no run is claimed. Restores the sources and deletes the runs.
 */
async function measureSchedules(
  stack: RunningStack,
  sql: postgres.Sql,
  sessionId: number,
): Promise<Work> {
  const [source] = await sql<{ id: number }[]>`
    update sources set session_id = ${sessionId} where last_message_id = 0 returning id`
  if (!source) throw new Error('no source without posts')
  await sql`
    insert into runs (id, source_id, trigger, state, session_id, heartbeat_at, dead_after_ms)
    values (uuidv7(), 1, 'manual', 'RUNNING', ${sessionId}, now(), 3600000)`
  const work = await measure('sources scheduled, all due at once', stack.processes, async () => {
    const startedAt = performance.now()
    const due = await sql`
      update sources set schedule = '0 0 1 1 *', next_run_at = now(), activity = 'active' where last_message_id = 0`
    while ((await sql`select from sources where next_run_at <= now() limit 1`).length > 0)
      await delay(20)
    return { amount: due.count, seconds: (performance.now() - startedAt) / 1000 }
  })
  await sql`delete from runs where state in ('PENDING', 'RUNNING')`
  await sql`
    update sources set schedule = null, next_run_at = null, activity = 'paused', session_id = null
    where last_message_id = 0`
  return work
}

export function workTable(work: readonly Work[]): string {
  const lines = work.map(({ name, amount, seconds, processors }) => {
    const total = Object.values(processors).reduce((sum, one) => sum + one, 0)
    const each = Object.entries(processors)
      .map(([process, spent]) => `${process} ${spent.toFixed(1)}`)
      .join(', ')
    return `| ${name} | ${amount} | ${seconds.toFixed(1)} | ${(amount / seconds).toFixed(0)} | ${total.toFixed(1)} | ${each} |`
  })
  return [
    '### Work',
    '',
    '| what | amount | seconds | per second | processor seconds | by process |',
    '|---|---:|---:|---:|---:|---|',
    ...lines,
  ].join('\n')
}
