import { randomUUID } from 'node:crypto'
import { createDb } from '@telegather/db'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { botSessionFor, type Bots } from '../src/index.ts'
import { claimLease, lockTerm, markLost } from '../src/queries.ts'
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

test('a lost login of a bot is replaced while its lease holder records the loss', async () => {
  const { db } = world.database
  const lost = await botSessionFor(db, bots, OPERATORS_SOURCE)
  if (lost === null) throw new Error('no session')
  const holder = { id: randomUUID(), kind: 'scraper' } as const
  const epoch = await claimLease(db, lost, holder, {
    leaseMs: 60_000,
    renewMs: 1_000,
    marginMs: 1_000,
    graceMs: 0,
  })
  if (epoch === null) throw new Error('no lease')
  const [row] = await db.$client`
    update sessions set state = 'revoked' where id = ${lost} returning encrypted_auth`
  const encryptedAuth = String(row?.['encrypted_auth'])

  const replaced = await db.transaction(async (tx) => {
    expect(await lockTerm(tx, { sessionId: lost, epoch })).toBe(true)
    const login = botSessionFor(db, bots, OPERATORS_SOURCE)
    login.catch(() => undefined)
    await vi.waitFor(async () => {
      const waiting = await db.$client`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
    })
    await markLost(tx, lost, { encryptedAuth, loss: { state: 'revoked', reason: 'lost' } })
    return { login }
  })
  const id = await replaced.login
  expect(id).not.toBe(lost)
  expect(await db.$client`select id from sessions where origin = 'bot'`).toEqual([{ id }])
})

test.each([
  ['fails', 'not deferrable'],
  ['fails when its transaction commits', 'initially deferred'],
])('a login of a bot whose storing %s is signed out', async (_when, deferred) => {
  const { db } = world.database
  const signedOut = await callsOf('auth.logOut')
  await db.$client`
    create or replace function refuse_session() returns trigger language plpgsql
    as $$ begin raise exception 'not now'; end $$`
  await db.$client.unsafe(`
    create constraint trigger refuse_session after insert on sessions ${deferred}
    for each row execute function refuse_session()`)
  await expect(botSessionFor(db, bots, OPERATORS_SOURCE)).rejects.toThrow()
  await db.$client`drop trigger refuse_session on sessions`
  expect(await callsOf('auth.logOut')).toBe(signedOut + 1)

  expect(await botSessionFor(db, bots, OPERATORS_SOURCE)).toEqual(expect.any(Number))
  expect(await callsOf('auth.logOut')).toBe(signedOut + 1)
})
