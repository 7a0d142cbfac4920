import { connect } from '@nats-io/transport-node'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, type Nats } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog } from '@telegather/service'
import { FloodWait, resolveChannel } from '@telegather/telegram'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { createSessions, type OpenedSession, type Sessions } from '../src/index.ts'
import { addTestSession } from '../src/testing.ts'

const log = createLog({ name: 'test', level: 'silent' })
const keys = createKeyRing(generateFernetKey())

let database: TestDatabase
let emulator: Emulator
let nats: Nats
let sessions: Sessions
let session: OpenedSession
let sessionId: number
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  nats = connectNats(inject('natsUrl'), { name: 'test', log })
  const config = emulatorConfig(emulator)
  sessionId = await addTestSession({ db: database.db, keys, config }, '+9996621001')
  sessions = createSessions({
    db: database.db,
    databaseUrl: database.url,
    nats,
    keys,
    config,
    log,
    kind: 'scraper',
    idleMs: 60_000,
    subjectPrefix: prefix(),
  })
  session = await sessions.openSession(sessionId)
})
afterEach(() => emulator.control.removeFaults())
afterAll(async () => {
  await session.close()
  await sessions.close()
  await nats.close()
  await emulator.close()
  await database.close()
})

const prefix = () => new URL(database.url).pathname.slice(1)

const demandWait = (method: string) =>
  emulator.control.placeFault({ kind: 'flood_wait', seconds: 60, match: { method }, count: 1 })

const callsMade = (method: string) => emulator.control.callsOf(method)

test('a flood wait of a TL method blocks every port method that calls it', async () => {
  const [first] = await emulator.control.channels()
  const channel = await resolveChannel(session, String(first?.id))

  await demandWait('messages.getHistory')
  await expect(session.historyPage({ channel, afterId: 0 })).rejects.toThrow(FloodWait)
  const histories = await callsMade('messages.getHistory')
  await expect(
    session.lastIdBefore({ channel, instant: new Date().toISOString() }),
  ).rejects.toThrow(FloodWait)
  expect(await callsMade('messages.getHistory')).toBe(histories)

  await demandWait('channels.getFullChannel')
  await expect(session.channelInfo({ chat: channel })).rejects.toThrow(FloodWait)
  const infos = await callsMade('channels.getFullChannel')
  await expect(session.newestMessageId({ channel })).rejects.toThrow(FloodWait)
  expect(await callsMade('channels.getFullChannel')).toBe(infos)

  expect(await session.channel({ channel }), 'other methods go on').toMatchObject({
    id: channel.id,
  })
  const [row] = await database.db.$client`select flood_waits from sessions`
  expect(Object.keys(row?.['flood_waits'] as object).toSorted()).toEqual([
    'channels.getFullChannel',
    'messages.getHistory',
  ])
})

test('a session answers calls after an invalid message on its subject', async () => {
  await session.me()
  const connection = await connect({ servers: inject('natsUrl') })
  connection.publish(`${prefix()}.session.${sessionId}`, 'not JSON', { reply: 'nowhere' })
  await connection.flush()
  expect(await session.me()).toMatchObject({ username: expect.anything() })
  await connection.close()
})
