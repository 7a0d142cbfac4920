import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MAX_ATTEMPTS } from '../../apps/scraper/src/runs/attempts.ts'
import { Client } from '../e2e/client.ts'
import { releaseAllLeases } from '../stack/servers/release-leases.ts'
import { archiveState, type ArchiveState } from './archive-state.ts'
import { keyStatistics } from './key-statistics.ts'
import type { Fighter } from './fighting-services.ts'
import { seeded } from './random.ts'
import {
  makeChannel,
  startRun,
  startScraperStage,
  until,
  type ScraperStage,
} from './scraper-stage.ts'

const ACCOUNT = { phone: '+9996621001', code: '22222' }
const CHANNEL = { username: 'killed_over', messages: 300, maxFileBytes: 300_000 }
/** From when a run is executed to the kill, at most: about as long as it lasts undisturbed. */
const MAX_DELAY_MS = 2_500

export interface KillReport {
  readonly kills: number
  readonly undisturbed: ArchiveState
  /** Of the sources whose runs were killed. */
  readonly disturbed: readonly ArchiveState[]
  /** Of their runs. */
  readonly runs: readonly {
    readonly state: string
    readonly messages: number
    readonly files: number
  }[]
  /** Parts of files that are left in the end. */
  readonly leftovers: readonly string[]
  /** Scrapers that ended without having been killed. */
  readonly failures: number
}

interface KillOptions {
  readonly kills: number
  readonly seed: number
}

/**
 * Archives one channel again and again while the process that executes the run is killed at random points, until
 * there were `kills` of them; and once without. Another process goes on each time.
 */
export async function killRuns(options: KillOptions): Promise<KillReport> {
  const stage = await startScraperStage(2, { RUN_DEAD_SECONDS: '1.5' })
  try {
    await makeChannel(stage.emulator, CHANNEL)
    const { id } = await new Client(stage.gateway.url).logIn(ACCOUNT, 'killed over')
    try {
      return await killUntil({ ...stage, sessionId: id }, options)
    } catch (error) {
      throw new Error(await describeStage(stage), { cause: error })
    }
  } finally {
    await stage.close()
  }
}

interface Stage extends ScraperStage {
  readonly sessionId: number
}

async function killUntil(stage: Stage, { kills, seed }: KillOptions): Promise<KillReport> {
  const { sql, scrapers, localPath, sessionId } = stage
  const { username } = CHANNEL
  const random = seeded(seed)
  const first = await startRun(stage, { name: 'Undisturbed', sessionId, username })
  await untilOver(stage, first)
  const undisturbed = await archiveState(sql, localPath, first)

  const sources: number[] = []
  let killed = 0
  while (killed < kills) {
    const name = `Disturbed ${sources.length + 1}`
    const sourceId = await startRun(stage, { name, sessionId, username })
    sources.push(sourceId)
    while (killed < kills && (await untilExecuted(stage, sourceId))) {
      await delay(random() * MAX_DELAY_MS)
      // Whatever dies so often without any progress is given up; that has a test of its own.
      await until(
        async () =>
          (await isOver(stage, sourceId)) || (await runOf(stage, sourceId)).attempt < MAX_ATTEMPTS,
      )
      if (await isOver(stage, sourceId)) break
      const victim = await executor(stage)
      if (!victim) continue
      await victim.kill()
      // Whoever was killed is dead, and its connections with it: nothing has to be waited for.
      await releaseAllLeases(stage.databaseUrl)
      killed++
    }
    await untilOver(stage, sourceId)
  }

  const runs = await sql<{ state: string; messages: number; files: number }[]>`
    select state, messages_stored as messages, files_stored as files from runs order by created_at`
  const disturbed: ArchiveState[] = []
  for (const sourceId of sources) disturbed.push(await archiveState(sql, localPath, sourceId))
  return {
    kills: killed,
    undisturbed,
    disturbed,
    runs: [...runs],
    leftovers: await readdir(join(localPath, '.incoming')),
    failures: scrapers.reduce((sum, scraper) => sum + scraper.failures(), 0),
  }
}

async function runOf({ sql }: Stage, sourceId: number) {
  const [run] = await sql<{ finishedAt: Date | null; attempt: number }[]>`
    select finished_at as "finishedAt", attempt from runs where source_id = ${sourceId}`
  if (!run) throw new Error('the run is gone')
  return run
}

async function isOver(stage: Stage, sourceId: number): Promise<boolean> {
  return (await runOf(stage, sourceId)).finishedAt !== null
}

async function untilOver(stage: Stage, sourceId: number): Promise<void> {
  await until(() => isOver(stage, sourceId))
}

/** False when it is over instead. */
async function untilExecuted(stage: Stage, sourceId: number): Promise<boolean> {
  await until(async () => (await isOver(stage, sourceId)) || (await executor(stage)) !== undefined)
  return !(await isOver(stage, sourceId))
}

/** The scraper that is connected to Telegram: it holds the lease of the only session. */
async function executor({ emulator, scrapers }: Stage): Promise<Fighter | undefined> {
  const { peers } = await keyStatistics(emulator)
  return scrapers.find(({ address }) => peers.includes(address))
}

/** Runs, leases and connections, for the message of a failure. */
async function describeStage({ sql, emulator }: ScraperStage): Promise<string> {
  const runs = await sql`
    select source_id, state, attempt, error, resume_at, heartbeat_at, worker_id from runs
    where finished_at is null`
  const leases = await sql`select *, clock_timestamp() as now from session_leases`
  const logs = await sql`select * from run_logs order by id desc limit 10`
  const { peers } = await keyStatistics(emulator)
  return JSON.stringify({ runs, leases, peers, logs }, null, 1)
}
