import { createDb } from '@telegather/db'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { botSessionFor, type Bots } from '../src/index.ts'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startWorld, type World } from './world.ts'

const OPERATORS_SOURCE = {
  ownerKind: 'operator' as const,
  ownerId: null,
  encryptedBotToken: null,
  botApiId: null,
  encryptedBotApiHash: null,
}

let world: World
let bots: Bots

beforeAll(async () => {
  world = await startWorld()
  const { bot_token: token } = await world.emulator.control.addBot()
  const keys = createKeyRing(generateFernetKey())
  bots = { keys, telegram: emulatorConfig(world.emulator), token }
})
afterEach(() => world.database.db.$client`delete from sessions where origin = 'bot'`)
afterAll(() => world.close())

const stallLogins = (count: number) =>
  world.emulator.control.placeFault({
    kind: 'stall',
    delay_ms: 2_000,
    count,
    match: { method: 'auth.importBotAuthorization' },
  })

const callsOf = (method: string) => world.emulator.control.callsOf(method)

test('the login of a bot holds no Postgres connection', async () => {
  await stallLogins(1)
  const { db, close } = createDb(world.database.url, { maxConnections: 1 })
  const login = botSessionFor(db, bots, OPERATORS_SOURCE)
  const query = db.$client`select 1`
  const first = await Promise.race([login.then(() => 'login'), query.then(() => 'query')])
  expect(first).toBe('query')
  await login
  await close()
})

test('ten concurrent requests for the same bot log it in once', async () => {
  const before = await callsOf('auth.importBotAuthorization')
  const { db } = world.database
  const ids = await Promise.all(
    Array.from({ length: 10 }, () => botSessionFor(db, bots, OPERATORS_SOURCE)),
  )
  expect(new Set(ids).size).toBe(1)
  expect(await callsOf('auth.importBotAuthorization')).toBe(before + 1)
})

test('when two processes log the same bot in, one login is kept and the other is logged out', async () => {
  await stallLogins(2)
  const signedOut = await callsOf('auth.logOut')
  const connections = [
    createDb(world.database.url, { maxConnections: 1 }),
    createDb(world.database.url, { maxConnections: 1 }),
  ]
  const ids = await Promise.all(
    connections.map(({ db }) => botSessionFor(db, bots, OPERATORS_SOURCE)),
  )
  expect(new Set(ids).size).toBe(1)
  expect(await callsOf('auth.logOut')).toBe(signedOut + 1)
  await Promise.all(connections.map(({ close }) => close()))
})
