import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runs } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, type SignalOptions } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog } from '@telegather/service'
import { createTargets, type Targets, type TargetsConfig } from '@telegather/storage'
import { MARKER } from '@telegather/storage/marker'
import { startS3, type S3Server } from '@telegather/storage/testing'
import { createSessions, type Bots, type Sessions } from '@telegather/sessions'
import { addTestSession } from '@telegather/sessions/testing'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { eq } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { inject, vi } from 'vitest'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import type { RunRow } from '../src/runs/queries/run-state.ts'
import { subscribeToRunSignals } from '../src/workers/subscribe-to-run-signals.ts'
import { startRunWorker, type RunWorkerOptions } from '../src/workers/run-worker.ts'

const DEFAULTS: RunWorkerOptions = {
  concurrency: 2,
  heartbeatMs: 200,
  deadAfterMs: 60_000,
  pollMs: 50,
}

/** A database, an emulated Telegram and targets for one test file, with one account logged in. */
export interface World {
  readonly database: TestDatabase
  readonly emulator: Emulator
  readonly sessions: Sessions
  readonly sessionId: number
  /** Logs another account in. Returns the id of its session. */
  logIn(phoneNumber: string): Promise<number>
  readonly signals: SignalOptions
  readonly targetsConfig: TargetsConfig & { readonly nasPath: string }
  readonly targets: Targets
  readonly s3: S3Server
  readonly bots: Omit<Bots, 'token'>
  close(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const folder = await mkdtemp(join(tmpdir(), 'telegather-scraper-'))
  const s3 = await startS3()
  const targetsConfig = {
    localPath: join(folder, 'local'),
    nasPath: join(folder, 'nas'),
    s3: s3.options,
    minFreeBytes: 0,
  }
  await mkdir(targetsConfig.nasPath)
  await writeFile(join(targetsConfig.nasPath, MARKER), '')
  const world = join(folder, 'result.json')
  await writeFile(world, JSON.stringify(EXPORTED_CHANNEL))
  const emulator = await startEmulator({ port: 0, controlPort: 0, world, dataDir: null })
  const config = emulatorConfig(emulator)
  const keys = createKeyRing(generateFernetKey())
  const log = createLog({ name: 'test', level: 'silent' })
  const nats = connectNats(inject('natsUrl'), { name: 'test', log })
  const signals = { nats, prefix: randomUUID() }
  const sessions = createSessions({
    db: database.db,
    databaseUrl: database.url,
    nats,
    keys,
    config,
    log,
    kind: 'scraper',
    idleMs: 0,
    subjectPrefix: randomUUID(),
  })

  const logIn = (phoneNumber: string) =>
    addTestSession({ db: database.db, keys, config }, phoneNumber)
  const sessionId = await logIn('+9996621001')
  return {
    database,
    emulator,
    sessions,
    sessionId,
    logIn,
    signals,
    targetsConfig,
    targets: createTargets(targetsConfig),
    s3,
    bots: { keys, telegram: config },
    async close() {
      await sessions.close()
      await nats.close()
      await emulator.close()
      await database.close()
      await s3.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Starts a scraper's worker. `stop` ends it like SIGTERM. */
export function startWorker(
  world: World,
  {
    targets = world.targets,
    botToken = null,
    ...options
  }: Partial<RunWorkerOptions> & { targets?: Targets; botToken?: string | null } = {},
) {
  const abort = new AbortController()
  const log = createLog({ name: 'test', level: 'silent' })
  const worker = startRunWorker(
    {
      db: world.database.db,
      log,
      openSession: world.sessions.openSession,
      targets,
      signals: world.signals,
      bots: { ...world.bots, token: botToken },
    },
    { ...DEFAULTS, ...options },
    abort.signal,
  )
  subscribeToRunSignals({ ...world.signals, log, signal: abort.signal }, worker)
  return {
    /** Stops the worker. Resolves when its runs are released, even while a target hangs. */
    async release() {
      abort.abort()
      await worker.stopped
    },
    async stop() {
      abort.abort()
      await worker.executed
    },
  }
}

export interface SourceInput {
  readonly identifier: string
  readonly sessionId?: number | null
  readonly target?: keyof Targets
  readonly targetPath?: string
  /** Further columns of the source, set before its run is created. */
  readonly columns?: Readonly<Record<string, unknown>>
}

/** Adds a source like the sources service does, with a pending run. */
export async function addSource(
  { database, sessionId }: World,
  input: SourceInput,
): Promise<{ sourceId: number; runId: string }> {
  const [source] = await database.db.$client<{ id: number }[]>`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target, target_path, session_id)
    values ('operator', 'Source', ${input.identifier}, 'Channel', 'public', ${input.target ?? 'LOCAL'}, ${input.targetPath ?? null},
      ${input.sessionId === undefined ? sessionId : input.sessionId})
    returning id`
  if (!source) throw new Error('no source')
  const { columns } = input
  if (columns) {
    const { $client: sql } = database.db
    await sql`update sources set ${sql(columns)} where id = ${source.id}`
  }
  return { sourceId: source.id, runId: await addRun({ database }, source.id) }
}

export async function addRun(
  { database }: Pick<World, 'database'>,
  sourceId: number,
): Promise<string> {
  const runId = uuidv7()
  await database.db.$client`
    insert into runs (id, source_id, trigger) values (${runId}, ${sourceId}, 'manual')`
  return runId
}

export interface RunRecord {
  readonly state: string
  readonly attempt: number
  readonly error: string | null
  readonly messages_stored: number
  readonly files_stored: number
  readonly files_failed: number
  readonly resume_at: Date | null
}

/** Waits up to 25 s until the run is in one of `states`, and returns it. */
export async function runIn(
  { database }: World,
  runId: string,
  states: readonly string[],
): Promise<RunRecord> {
  return vi.waitFor(
    async () => {
      const [run] = await database.db.$client<RunRecord[]>`select * from runs where id = ${runId}`
      if (!run || !states.includes(run.state)) throw new Error(JSON.stringify(run))
      return run
    },
    { interval: 20 },
  )
}

/** Ends all flood waits and waits of the run and its files until the run is finished, and returns it. */
export async function endWaits(world: World, sourceId: number, runId: string): Promise<RunRecord> {
  const { $client: sql } = world.database.db
  await world.emulator.control.removeFaults()
  return vi.waitFor(
    async () => {
      const [run] = await sql<RunRecord[]>`select * from runs where id = ${runId}`
      if (run && ['COMPLETED', 'FAILED'].includes(run.state)) return run
      // Calls in flight record the flood wait when they end, so it is cleared repeatedly.
      await sql`update sessions set flood_waits = '{}', flood_wait_until = null`
      await sql`
        update files set resume_at = now() where source_id = ${sourceId} and resume_at > now()`
      await sql`update runs set resume_at = now() where id = ${runId} and resume_at > now()`
      throw new Error(JSON.stringify(run))
    },
    { timeout: 60_000, interval: 100 },
  )
}

/** The run's row, as its worker received it. */
export async function claimedRun({ database }: World, runId: string): Promise<RunRow> {
  const [run] = await database.db.select().from(runs).where(eq(runs.id, runId))
  if (!run) throw new Error('no run')
  return run
}

interface StoredMessage {
  readonly id: number
  readonly date: string
  readonly text: string
  readonly media: { kind: string; name: string | null; size: number; sha256: string } | null
}

/** The channel's messages in the emulator. */
export async function truthOf({ emulator }: World): Promise<readonly StoredMessage[]> {
  return emulator.control.messages(EXPORTED_CHANNEL.id)
}

/** A source's stored messages, in the shape of `truthOf`. Hashes are computed from the bytes on the target. */
export async function archiveOf(world: World, sourceId: number): Promise<StoredMessage[]> {
  const rows = await world.database.db.$client`
    select message_id, date, text, files.kind as file_kind, files.name, files.size, files.target,
      case files.state when 'stored' then files.path end as path
    from messages left join files using (source_id, message_id)
    where source_id = ${sourceId} order by message_id`
  return Promise.all(
    rows.map(async (row) => ({
      id: row['message_id'],
      date: new Date(row['date']).toISOString(),
      text: row['text'],
      media:
        row['file_kind'] === null
          ? null
          : {
              kind: row['file_kind'],
              name: row['name'],
              size: Number(row['size']),
              sha256: await sha256Of(world.targets, row['target'], row['path']),
            },
    })),
  )
}

async function sha256Of(
  targets: Targets,
  target: keyof Targets | null,
  path: string | null,
): Promise<string> {
  if (target === null || path === null) return 'not stored'
  const file = await targets[target]?.open(path)
  const hash = createHash('sha256')
  for await (const chunk of file?.stream ?? []) hash.update(chunk)
  return hash.digest('hex')
}
