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
import { Client } from '../testing/client.ts'
import { startService, untilServing, type ServiceProcess } from './service-process.ts'
import { keyStatistics } from './key-statistics.ts'
import { serviceEnvironment } from './service-environment.ts'

const POLL_OPTIONS = { timeout: 60_000, interval: 100 }

let directory: string
let database: TestDatabase
let emulator: Emulator
let config: TelegramConfig
let holderNats: OutageProxy
let holder: ServiceProcess
let other: ServiceProcess
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
  holderNats = await startOutageProxy(natsUrl)
  const env = serviceEnvironment({ postgresUrl: database.url, natsUrl, emulator, directory })
  const holderEnv = { ...env, NATS_URL: holderNats.url }
  holder = await startService('auth-gateway', '127.0.0.41', holderEnv)
  other = await startService('auth-gateway', '127.0.0.42', env)
  await untilServing([holder, other])
})
afterAll(async () => {
  await Promise.all([holder.stop(), other.stop()])
  await holderNats.close()
  await emulator.close()
  await database.close()
  await rm(directory, { recursive: true, force: true })
})

/** Logs an account in as another client; returns the login as a session string of Telethon. */
async function loginElsewhere(phoneNumber: string): Promise<string> {
  const { dcId, keys } = (await signInTestAccount(config, phoneNumber)).auth
  const head = Buffer.from([dcId, 203, 0, 113, 66, 1, 187])
  const bytes = Buffer.concat([head, Buffer.from(keys[dcId] ?? '', 'base64')])
  return `1${bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`
}

/** Retries a request while it is refused with 503 and Retry-After. Throws on any other error and after 60 s. */
async function withRetries(make: () => Promise<Response>): Promise<unknown> {
  const giveUpAt = performance.now() + POLL_OPTIONS.timeout
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

const importString = (gateway: ServiceProcess, phone_number: string, session_string: string) =>
  withRetries(() =>
    fetch(`${gateway.url}/sessions`, {
      method: 'POST',
      body: new URLSearchParams({ session_name: phone_number, phone_number, session_string }),
    }),
  ) as Promise<{ id: number }>

const use = ({ url }: ServiceProcess, id: number) =>
  withRetries(() => fetch(`${url}/sessions/${id}/channels`))

const remove = (id: number) =>
  withRetries(() => fetch(`${other.url}/sessions/${id}`, { method: 'DELETE' }))

async function replaceLogin(phone_number: string): Promise<void> {
  const login = { phone_number, session_name: `login of ${phone_number}` }
  const { temp_session_id } = (await withRetries(post('/sessions/send-otp', login))) as {
    temp_session_id: string
  }
  await withRetries(post('/sessions/verify-otp', { temp_session_id, code: '22222' }))
  await withRetries(post('/sessions/finalize', { temp_session_id }))
}

/** Number of auth keys that are logged in to an account. */
async function loginsOf(phone: string): Promise<number> {
  const account = (await emulator.control.accounts()).find((account) => account.phone === phone)
  const keys = await emulator.control.keys()
  return keys.filter((key) => key.account_id === account?.id).length
}

interface HolderFault {
  readonly name: string
  readonly inject: () => void
  readonly recover: () => void
  /** Whether the holder recovers before the withdrawn logins are used again; otherwise while they are in use. */
  readonly recoversEarly: boolean
}

const nothing = () => {}
const freeze = () => holder.send('SIGSTOP')
const thaw = () => holder.send('SIGCONT')

const HOLDER_FAULTS: readonly HolderFault[] = [
  { name: 'killed', inject: () => holder.send('SIGKILL'), recover: nothing, recoversEarly: true },
  { name: 'frozen for a moment', inject: freeze, recover: thaw, recoversEarly: true },
  { name: 'frozen beyond its lease', inject: freeze, recover: thaw, recoversEarly: false },
  {
    name: 'cut off from NATS',
    inject: () => holderNats.cut(),
    recover: () => holderNats.restore(),
    recoversEarly: false,
  },
]

test.for(HOLDER_FAULTS.map((fault, index) => ({ ...fault, index })))(
  'while the lease holder is $name, a session is deleted and imported again, and another gets a new login',
  { timeout: 180_000 },
  async ({ inject: injectFault, recover, recoversEarly, index }) => {
    const [deleted, replaced] = [`+99966260${index}1`, `+99966260${index}2`]
    const string = await loginElsewhere(deleted)
    const { id } = await importString(holder, deleted, string)
    const account = { phone: replaced, code: '22222' }
    const session = await new Client(holder.url).logIn(account, `login of ${replaced}`)
    await use(holder, id)
    await use(holder, session.id)
    expect((await keyStatistics(emulator)).peers).toEqual([holder.address, holder.address])

    injectFault()
    await Promise.all([remove(id), replaceLogin(replaced)])
    if (recoversEarly) recover()
    const again = await importString(other, deleted, string)
    await use(other, again.id)
    await use(other, session.id)
    recover()
    await untilServing([holder])
    await use(holder, again.id)
    await use(holder, session.id)

    // The account's older login was logged out.
    await vi.waitFor(async () => expect(await loginsOf(replaced)).toBe(1), POLL_OPTIONS)
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
