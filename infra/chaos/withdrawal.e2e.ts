import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import type { TelegramConfig } from '@telegather/telegram'
import { emulatorConfig, signInTestAccount } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { startOutageProxy, type OutageProxy } from '../../packages/events/test/outage-proxy.ts'
import { Client } from '../e2e/client.ts'
import { startFighter, untilServing, type Fighter } from './fighting-services.ts'
import { keyStatistics } from './key-statistics.ts'
import { serviceEnvironment } from './service-environment.ts'

const PATIENT = { timeout: 60_000, interval: 100 }

let directory: string
let database: TestDatabase
let emulator: Emulator
let config: TelegramConfig
let holdersNats: OutageProxy
let holder: Fighter
let other: Fighter
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'telegather-withdrawal-'))
  database = await createTestDatabase(inject('postgresUrl'))
  emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
    strictOwnership: true,
  })
  config = emulatorConfig(emulator)
  const natsUrl = inject('natsUrl')
  holdersNats = await startOutageProxy(natsUrl)
  const env = serviceEnvironment({ postgresUrl: database.url, natsUrl, emulator, directory })
  const holdersEnv = { ...env, NATS_URL: holdersNats.url }
  holder = await startFighter('auth-gateway', '127.0.0.41', holdersEnv)
  other = await startFighter('auth-gateway', '127.0.0.42', env)
  await untilServing([holder, other])
})
afterAll(async () => {
  await Promise.all([holder.stop(), other.stop()])
  await holdersNats.close()
  await emulator.close()
  await database.close()
  await rm(directory, { recursive: true, force: true })
})

/** A login of another client, as Telethon writes it down. */
async function elsewhere(phoneNumber: string): Promise<string> {
  const { dcId, keys } = (await signInTestAccount(config, phoneNumber)).auth
  const head = Buffer.from([dcId, 203, 0, 113, 66, 1, 187])
  const bytes = Buffer.concat([head, Buffer.from(keys[dcId] ?? '', 'base64')])
  return `1${bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`
}

/** Tries again where it is told to; any other refusal throws. */
async function patiently(make: () => Promise<Response>): Promise<unknown> {
  const giveUpAt = performance.now() + PATIENT.timeout
  for (;;) {
    const response = await make()
    const text = await response.text()
    if (response.status === 200) return JSON.parse(text)
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status !== 503 || retryAfter < 1 || performance.now() > giveUpAt)
      throw new Error(`${response.status} ${text}`)
    await delay(Math.min(retryAfter, 5) * 200)
  }
}

const post = (path: string, body: unknown) => () =>
  fetch(other.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const importString = (gateway: Fighter, phone_number: string, session_string: string) =>
  patiently(() =>
    fetch(`${gateway.url}/sessions`, {
      method: 'POST',
      body: new URLSearchParams({ session_name: phone_number, phone_number, session_string }),
    }),
  ) as Promise<{ id: number }>

const use = ({ url }: Fighter, id: number) =>
  patiently(() => fetch(`${url}/sessions/${id}/channels`))

const remove = (id: number) =>
  patiently(() => fetch(`${other.url}/sessions/${id}`, { method: 'DELETE' }))

async function logInAnew(phone_number: string): Promise<void> {
  const login = { phone_number, session_name: `login of ${phone_number}` }
  const { temp_session_id } = (await patiently(post('/sessions/send-otp', login))) as {
    temp_session_id: string
  }
  await patiently(post('/sessions/verify-otp', { temp_session_id, code: '22222' }))
  await patiently(post('/sessions/finalize', { temp_session_id }))
}

/** The keys that are signed in to an account. */
async function loginsOf(phone: string): Promise<number> {
  const account = (await emulator.control.accounts()).find((one) => one.phone === phone)
  const keys = await emulator.control.keys()
  return keys.filter((key) => key.account_id === account?.id).length
}

interface Fate {
  readonly name: string
  readonly befall: () => void
  readonly recover: () => void
  /** Before the withdrawn logins are used again; else only when they are in use. */
  readonly recoversEarly: boolean
}

const nothing = () => {}
const freeze = () => holder.send('SIGSTOP')
const thaw = () => holder.send('SIGCONT')

const FATES: readonly Fate[] = [
  { name: 'killed', befall: () => holder.send('SIGKILL'), recover: nothing, recoversEarly: true },
  { name: 'frozen for a moment', befall: freeze, recover: thaw, recoversEarly: true },
  { name: 'frozen beyond its lease', befall: freeze, recover: thaw, recoversEarly: false },
  {
    name: 'cut off from NATS',
    befall: () => holdersNats.cut(),
    recover: () => holdersNats.restore(),
    recoversEarly: false,
  },
]

test.for(FATES.map((fate, index) => ({ ...fate, index })))(
  'while their holder is $name, a login is deleted and imported again, and one takes the place of another',
  { timeout: 180_000 },
  async ({ befall, recover, recoversEarly, index }) => {
    const [deleted, replaced] = [`+99966260${index}1`, `+99966260${index}2`]
    const string = await elsewhere(deleted)
    const { id } = await importString(holder, deleted, string)
    const account = { phone: replaced, code: '22222' }
    const session = await new Client(holder.url).logIn(account, `login of ${replaced}`)
    await use(holder, id)
    await use(holder, session.id)
    expect((await keyStatistics(emulator)).peers).toEqual([holder.address, holder.address])

    befall()
    await Promise.all([remove(id), logInAnew(replaced)])
    if (recoversEarly) recover()
    const again = await importString(other, deleted, string)
    await use(other, again.id)
    await use(other, session.id)
    recover()
    await untilServing([holder])
    await use(holder, again.id)
    await use(holder, session.id)

    // Of the two logins of the account the older one was signed out.
    await vi.waitFor(async () => expect(await loginsOf(replaced)).toBe(1), PATIENT)
    await use(other, session.id)
    expect(await keyStatistics(emulator)).toMatchObject({
      mostPeers: 1,
      duplicates: 0,
      keysDestroyed: 0,
    })
    await Promise.all([remove(again.id), remove(session.id)])
    expect((await keyStatistics(emulator)).peers).toEqual([])
  },
)
