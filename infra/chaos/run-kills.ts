import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabase } from '@telegather/db/migrate'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import postgres from 'postgres'
import { z } from 'zod'
import { Client } from '../e2e/client.ts'
import { releaseDeadOwners } from '../stack/dead-owners.ts'
import { archiveState, type ArchiveState } from './archive-state.ts'
import { keyStatistics } from './key-statistics.ts'
import { startFighter, untilServing, type Fighter } from './fighting-services.ts'
import { addSource } from './load.ts'
import { seeded } from './random.ts'
import { serviceEnvironment } from './service-environment.ts'
import { startServers } from './servers.ts'

const ACCOUNT = { phone: '+9996621001', code: '22222' }
const CHANNEL = { username: 'killed_over', messages: 300, maxFileBytes: 300_000 }
const RUN_WITHIN_MS = 180_000
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
  const directory = await mkdtemp(join(tmpdir(), 'telegather-kills-'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'empty',
    dataDir: null,
    strictOwnership: true,
  })
  const servers = await startServers()
  const sql = postgres(servers.postgres.url, { max: 4, onnotice: () => {} })
  const fighters: Fighter[] = []
  try {
    await migrateDatabase(servers.postgres.url)
    const around = serviceEnvironment({
      postgresUrl: servers.postgres.url,
      natsUrl: servers.nats.url,
      emulator,
      directory,
    })
    const env = { ...around, RUN_DEAD_SECONDS: '1.5' }
    const gateway = await startFighter('auth-gateway', '127.0.0.21', env)
    fighters.push(gateway)
    const scrapers = [
      await startFighter('scraper', '127.0.0.22', env),
      await startFighter('scraper', '127.0.0.23', env),
    ]
    fighters.push(...scrapers)
    await untilServing(fighters)
    await makeChannel(emulator)
    const { id } = await new Client(gateway.url).logIn(ACCOUNT, 'killed over')
    const stage = { sql, sessionId: id, databaseUrl: servers.postgres.url, scrapers, emulator }
    return await killUntil(stage, join(directory, 'local'), options)
  } finally {
    await Promise.all(fighters.map((fighter) => fighter.stop()))
    await sql.end({ timeout: 5 })
    await servers.close()
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
}

interface Stage {
  readonly sql: postgres.Sql
  readonly databaseUrl: string
  readonly sessionId: number
  readonly scrapers: readonly Fighter[]
  readonly emulator: Emulator
}

async function killUntil(
  stage: Stage,
  localPath: string,
  { kills, seed }: KillOptions,
): Promise<KillReport> {
  const { sql, scrapers } = stage
  const random = seeded(seed)
  const first = await startRun(stage, 'Undisturbed')
  await untilOver(stage, first)
  const undisturbed = await archiveState(sql, localPath, first)

  const sources: number[] = []
  let killed = 0
  while (killed < kills) {
    const sourceId = await startRun(stage, `Disturbed ${sources.length + 1}`)
    sources.push(sourceId)
    while (killed < kills && (await untilExecuted(stage, sourceId))) {
      await delay(random() * MAX_DELAY_MS)
      if (await isOver(stage, sourceId)) break
      const victim = await executor(stage)
      if (!victim) continue
      await victim.kill()
      // Whoever was killed is dead, and its connections with it: nothing has to be waited for.
      await releaseDeadOwners(stage.databaseUrl)
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

async function makeChannel({ controlUrl }: Emulator): Promise<void> {
  const control = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(controlUrl + path, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const { username, messages, maxFileBytes } = CHANNEL
  const channel = await control('/channels', { title: 'Killed over', username })
  const { id } = z.object({ id: z.int() }).parse(channel)
  await control(`/channels/${id}/generate`, { messages, seed: 1, max_file_size: maxFileBytes })
}

async function startRun({ sql, sessionId }: Stage, name: string): Promise<number> {
  const sourceId = await addSource(sql, { name, sessionId, username: CHANNEL.username })
  await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
  return sourceId
}

async function stateOf({ sql }: Stage, sourceId: number): Promise<string> {
  const [run] = await sql<{ state: string }[]>`select state from runs where source_id = ${sourceId}`
  return run?.state ?? 'gone'
}

const FINISHED = ['COMPLETED', 'FAILED', 'gone']

async function isOver(stage: Stage, sourceId: number): Promise<boolean> {
  return FINISHED.includes(await stateOf(stage, sourceId))
}

async function untilOver(stage: Stage, sourceId: number): Promise<void> {
  await until(() => isOver(stage, sourceId))
}

/** False when it is over instead. */
async function untilExecuted(stage: Stage, sourceId: number): Promise<boolean> {
  await until(async () => (await isOver(stage, sourceId)) || (await executor(stage)) !== undefined)
  return !(await isOver(stage, sourceId))
}

/** Whoever is connected to Telegram: the only session's owner. */
async function executor({ emulator, scrapers }: Stage): Promise<Fighter | undefined> {
  const { peers } = await keyStatistics(emulator)
  return scrapers.find(({ address }) => peers.includes(address))
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + RUN_WITHIN_MS
  while (!(await check())) {
    if (performance.now() > giveUpAt) throw new Error(`nothing for ${RUN_WITHIN_MS} ms`)
    await delay(20)
  }
}
