import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MAX_ATTEMPTS } from '../../apps/scraper/src/runs/attempts.ts'
import { Client } from '../testing/client.ts'
import { releaseAllLeases } from '../stack/servers/release-leases.ts'
import { archiveState, type ArchiveState } from './archive-state.ts'
import { keyStatistics } from './key-statistics.ts'
import type { ServiceProcess } from './service-process.ts'
import { seeded } from './random.ts'
import {
  makeChannel,
  startRun,
  startScraperInstallation,
  until,
  type ScraperInstallation,
} from './scraper-installation.ts'

const ACCOUNT = { phone: '+9996621001', code: '22222' }
const CHANNEL = { username: 'killed_over', messages: 300, maxFileBytes: 300_000 }
/** Maximum delay from the start of an execution to the kill: about the duration of an undisturbed run. */
const MAX_DELAY_MS = 2_500

export interface KillReport {
  readonly kills: number
  readonly undisturbed: ArchiveState
  /** Archives of the sources whose runs were interrupted. */
  readonly disturbed: readonly ArchiveState[]
  /** All runs, the undisturbed one first. */
  readonly runs: readonly {
    readonly state: string
    readonly messages: number
    readonly files: number
  }[]
  /** Unfinished files in `.incoming` after the last run. */
  readonly leftovers: readonly string[]
  /** Number of unexpected exits of scrapers. */
  readonly failures: number
}

interface KillOptions {
  readonly kills: number
  readonly seed: number
}

/**
 * Archives one channel once without faults, then repeatedly while the process that executes the run is killed at random
 * points, `kills` times in total. After each kill, another process continues the run.
 */
export async function killRuns(options: KillOptions): Promise<KillReport> {
  const installation = await startScraperInstallation(2, { RUN_DEAD_SECONDS: '1.5' })
  try {
    await makeChannel(installation.emulator, CHANNEL)
    const { id } = await new Client(installation.gateway.url).logIn(ACCOUNT, 'killed over')
    try {
      return await killUntil({ ...installation, sessionId: id }, options)
    } catch (error) {
      throw new Error(await describeInstallation(installation), { cause: error })
    }
  } finally {
    await installation.close()
  }
}

interface Installation extends ScraperInstallation {
  readonly sessionId: number
}

async function killUntil(
  installation: Installation,
  { kills, seed }: KillOptions,
): Promise<KillReport> {
  const { sql, scrapers, localPath, sessionId } = installation
  const { username } = CHANNEL
  const random = seeded(seed)
  const first = await startRun(installation, { name: 'Undisturbed', sessionId, username })
  await untilOver(installation, first)
  const undisturbed = await archiveState(sql, localPath, first)

  const sources: number[] = []
  let killed = 0
  while (killed < kills) {
    const name = `Disturbed ${sources.length + 1}`
    const sourceId = await startRun(installation, { name, sessionId, username })
    sources.push(sourceId)
    while (killed < kills && (await untilExecuted(installation, sourceId))) {
      await delay(random() * MAX_DELAY_MS)
      // Waits for progress before the last attempt, because a run fails after MAX_ATTEMPTS kills without progress.
      await until(
        async () =>
          (await isOver(installation, sourceId)) ||
          (await runOf(installation, sourceId)).attempt < MAX_ATTEMPTS,
      )
      if (await isOver(installation, sourceId)) break
      const victim = await executor(installation)
      if (!victim) continue
      await victim.kill()
      // The killed process and its connections are gone, so its leases can be released before they expire.
      await releaseAllLeases(installation.databaseUrl)
      killed++
    }
    await untilOver(installation, sourceId)
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

async function runOf({ sql }: Installation, sourceId: number) {
  const [run] = await sql<{ finishedAt: Date | null; attempt: number }[]>`
    select finished_at as "finishedAt", attempt from runs where source_id = ${sourceId}`
  if (!run) throw new Error('the run is gone')
  return run
}

async function isOver(installation: Installation, sourceId: number): Promise<boolean> {
  return (await runOf(installation, sourceId)).finishedAt !== null
}

async function untilOver(installation: Installation, sourceId: number): Promise<void> {
  await until(() => isOver(installation, sourceId))
}

/** Waits until a process executes the run. Returns false when the run has ended instead. */
async function untilExecuted(installation: Installation, sourceId: number): Promise<boolean> {
  await until(
    async () =>
      (await isOver(installation, sourceId)) || (await executor(installation)) !== undefined,
  )
  return !(await isOver(installation, sourceId))
}

/** The scraper that executes the run: the one that is connected to Telegram. */
async function executor({ emulator, scrapers }: Installation): Promise<ServiceProcess | undefined> {
  const { peers } = await keyStatistics(emulator)
  return scrapers.find(({ address }) => peers.includes(address))
}

/** Runs, leases and connections as JSON, for error messages. */
async function describeInstallation({ sql, emulator }: ScraperInstallation): Promise<string> {
  const runs = await sql`
    select source_id, state, attempt, error, resume_at, heartbeat_at, worker_id from runs
    where finished_at is null`
  const leases = await sql`select *, clock_timestamp() as now from session_leases`
  const logs = await sql`select * from run_logs order by id desc limit 10`
  const { peers } = await keyStatistics(emulator)
  return JSON.stringify({ runs, leases, peers, logs }, null, 1)
}
