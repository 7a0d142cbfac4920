import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor, Owner } from '@telegather/contracts'
import { storedOwner } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, type SignalOptions } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { ACTOR_HEADER, createLog, listen, signActor } from '@telegather/service'
import { demandContractedProblems } from '@telegather/service/testing'
import { createTargets, type Targets, type TargetsConfig } from '@telegather/storage'
import { MARKER } from '@telegather/storage/marker'
import { createSessions } from '@telegather/sessions'
import { addTestSession } from '@telegather/sessions/testing'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import type { NewChannel } from '@telegather/telegram-emulator/client'
import { inject } from 'vitest'
import { buildApp } from '../src/app.ts'

export const INTERNAL_KEY = 'k'.repeat(32)
export const OPERATOR: Actor = { keyId: null, owner: { kind: 'operator' }, scopes: ['*'] }
export const DEFAULT_SCHEDULE = '*/15 * * * *'

/** The source of the API documentation's example. The emulator has its channel. */
export const EURONEWS = {
  name: 'Euronews English',
  identifier: '@euronews_eng',
  channel_title: 'Euronews',
  access_level: 'public',
  target: 'LOCAL',
  session_ref: null,
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** The sources service, with its own database and Telegram emulator, which has the channel `@euronews_eng`. */
export interface Service {
  readonly database: TestDatabase
  readonly emulator: Emulator
  readonly targets: Targets
  readonly signals: SignalOptions
  readonly url: string
  /** Logs a test account in and stores the session. Returns the session id. */
  addSession(of?: { owner?: Owner; phone?: string }): Promise<number>
  /** Creates a channel in the emulator. Returns its bare id. */
  addChannel(channel: NewChannel): Promise<number>
  /** Sends a request and returns the raw response. */
  ask(
    path: string,
    init?: { method?: string; headers?: Readonly<Record<string, string>> },
    actor?: Actor,
  ): Promise<Response>
  /** The signed actor header of the operator. */
  actorHeader(): string
  /** Sends a request, such as `POST /sources`, and parses the JSON answer. */
  call(operation: string, body?: unknown, actor?: Actor): Promise<Answer>
  close(): Promise<void>
}

export async function startService(
  options: {
    readonly heartbeatMs?: number
    readonly signal?: AbortSignal
    /** Options of the target S3. */
    readonly s3?: TargetsConfig['s3']
  } = {},
): Promise<Service> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const folder = await mkdtemp(join(tmpdir(), 'telegather-sources-'))
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const config = emulatorConfig(emulator)
  const { db } = database
  const keys = createKeyRing(generateFernetKey())
  const log = createLog({ name: 'test', level: 'silent' })
  const nats = connectNats(inject('natsUrl'), { name: 'test', log })
  const signals = { nats, prefix: randomUUID() }
  const sessions = createSessions({
    db,
    databaseUrl: database.url,
    nats,
    keys,
    config,
    log,
    kind: 'sources',
    idleMs: 0,
    subjectPrefix: randomUUID(),
  })
  await mkdir(join(folder, 'nas'))
  await writeFile(join(folder, 'nas', MARKER), '')
  const targets = createTargets({
    localPath: join(folder, 'local'),
    nasPath: join(folder, 'nas'),
    s3: options.s3 ?? null,
    minFreeBytes: 0,
  })
  const app = buildApp({
    db,
    log,
    keys,
    targets,
    openSession: sessions.openSession,
    bots: { keys, telegram: config, token: null },
    signals,
    defaultSchedule: DEFAULT_SCHEDULE,
    ready: {},
    signal: new AbortController().signal,
    internalKey: INTERNAL_KEY,
    ...options,
  })
  demandContractedProblems(app)
  const url = await listen(app, { host: '127.0.0.1', port: 0 })

  async function addChannel(channel: NewChannel): Promise<number> {
    const { id } = await emulator.control.addChannel(channel)
    await emulator.control.post({ channel_id: id, text: 'The first post' })
    return id
  }
  await addChannel({ title: 'Euronews', username: 'euronews_eng', members: 'none' })

  return {
    database,
    emulator,
    targets,
    signals,
    url,
    addChannel,
    async addSession({ owner = OPERATOR.owner, phone = '+9996621001' } = {}) {
      return addTestSession({ db, keys, config }, phone, storedOwner(owner))
    },
    ask: (path, init = {}, actor = OPERATOR) =>
      fetch(url + path, {
        ...init,
        headers: { ...init.headers, [ACTOR_HEADER]: signActor(INTERNAL_KEY, actor) },
      }),
    actorHeader: () => signActor(INTERNAL_KEY, OPERATOR),
    async call(operation, body, actor = OPERATOR) {
      const [method = '', path = ''] = operation.split(' ')
      const response = await fetch(url + path, {
        method,
        headers: {
          [ACTOR_HEADER]: signActor(INTERNAL_KEY, actor),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, headers: response.headers, body: await response.json() }
    },
    async close() {
      await app.close()
      await sessions.close()
      await nats.close()
      await emulator.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
