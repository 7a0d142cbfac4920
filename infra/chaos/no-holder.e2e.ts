import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase } from '@telegather/db/migrate'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Client } from '../testing/client.ts'
import { startService, untilServing, type ServiceProcess } from './service-process.ts'
import { keyStatistics } from './key-statistics.ts'
import { serviceEnvironment } from './service-environment.ts'
import { startServers, type Servers } from './servers.ts'

const POLL_OPTIONS = { timeout: 60_000, interval: 100 }

let directory: string
let emulator: Emulator
let servers: Servers
let gateways: [ServiceProcess, ServiceProcess]
let path: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'telegather-no-holder-'))
  emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
    strictOwnership: true,
  })
  servers = await startServers()
  await migrateDatabase(servers.postgres.url)
  const env = serviceEnvironment({
    postgresUrl: servers.postgres.url,
    natsUrl: servers.nats.url,
    emulator,
    directory,
  })
  gateways = [
    await startService('auth-gateway', '127.0.0.31', env),
    await startService('auth-gateway', '127.0.0.32', env),
  ]
  await untilServing(gateways)
  const account = { phone: '+9996621001', code: '22222' }
  const session = await new Client(gateways[0].url).logIn(account, 'no holder')
  path = `/sessions/${session.id}/channels`
})
afterAll(async () => {
  await Promise.all(gateways.map((service) => service.stop()))
  await servers.close()
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
})

const status = async ({ url }: ServiceProcess) => (await fetch(url + path)).status
const untilAnswered = (service: ServiceProcess) =>
  vi.waitFor(async () => expect(await status(service)).toBe(200), POLL_OPTIONS)

/** The gateway that holds the session's lease and the other one. The holder keeps the lease while it is in use. */
async function holderAndOther(): Promise<[ServiceProcess, ServiceProcess]> {
  const [one, two] = gateways
  await untilAnswered(one)
  await untilAnswered(two)
  const { peers } = await keyStatistics(emulator)
  return peers.includes(one.address) ? [one, two] : [two, one]
}

/** Expects a 503 with Retry-After within 20 s. */
async function expectRefusal({ url }: ServiceProcess): Promise<void> {
  const response = await fetch(url + path, { signal: AbortSignal.timeout(20_000) })
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
}

test('during an outage of NATS the lease holder answers, and other gateways refuse with Retry-After', async () => {
  const [holder, other] = await holderAndOther()
  await servers.nats.end('killed')
  await expectRefusal(other)
  expect(await status(holder)).toBe(200)
  await servers.nats.start()
  await untilAnswered(other)
})

test('another gateway refuses with Retry-After while the lease holder is frozen, then takes over the session', async () => {
  const [holder, other] = await holderAndOther()
  holder.send('SIGSTOP')
  await expectRefusal(other)
  await untilAnswered(other)
  holder.send('SIGCONT')
  await untilAnswered(holder)
})
