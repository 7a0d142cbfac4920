import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MARKER } from '@telegather/storage/marker'
import { telegramApplication, type StackConfig } from './config.ts'
import type { Console } from './console.ts'
import { releaseAllLeases } from './servers/release-leases.ts'
import { emulatorProcess, readEmulatorAccess } from './servers/emulator.ts'
import { requireFirstKey } from './keys/first-key.ts'
import type { Ground } from './ground.ts'
import { deriveInternalKey } from './keys/internal-key.ts'
import { migrateDatabase } from './servers/migrate.ts'
import { startNats, startPostgres } from './servers/start-servers.ts'
import { SERVICES, serviceProcess, serviceUrl, type TelegramAccess } from './services.ts'
import { readOrCreateSessionKey } from './keys/session-key.ts'
import { waitUntil } from './processes/wait-until.ts'

const SLOW_START_MS = 15_000

export interface Start {
  readonly config: StackConfig
  readonly ground: Ground
  readonly console: Console
  readonly signal: AbortSignal
}

/** Starts the whole system; resolves with the gateway's address when all services are ready. */
export async function startStack(start: Start): Promise<string> {
  const { config, ground, console, signal } = start
  const { stackFile } = ground.group
  const ports = ground.ports.services
  const [databaseUrl, natsUrl, telegram] = await Promise.all([
    startDatabase(start),
    startEvents(start),
    startTelegram(start),
  ])
  await requireFirstKey(config, databaseUrl)
  const surroundings = { databaseUrl, natsUrl, telegram, ports, ...prepareStores(config) }
  const services = SERVICES.map((name) =>
    ground.group.run(serviceProcess(name, config, surroundings, console.pass)),
  )
  const gatewayUrl = serviceUrl('auth-gateway', config, ports)
  notePorts(ground, ports)
  stackFile.set({
    urls: { ...stackFile.state.urls, gateway: gatewayUrl, database: databaseUrl, nats: natsUrl },
  })
  const patience = setTimeout(() => console.say('Still waiting for GET /ready …'), SLOW_START_MS)
  try {
    // Each `/ready` covers its own service only. The gateway starts last: an open gateway port means a ready stack.
    for (const name of SERVICES.toReversed()) {
      await waitUntil(() => answersReady(serviceUrl(name, config, ports)), {
        signal,
        processes: services,
      })
    }
  } finally {
    clearTimeout(patience)
  }
  writeFileSync(ground.databaseUrlFile, `${databaseUrl}\n`, { mode: 0o600 })
  stackFile.set({ ready: true })
  return gatewayUrl
}

/** Migrated. */
export async function startDatabase({ config, ground, signal }: Start): Promise<string> {
  const url = config.DATABASE_URL ?? (await embeddedPostgres())
  await migrateDatabase(config.root, url)
  if (config.DATABASE_URL === undefined) await releaseAllLeases(url)
  return url

  async function embeddedPostgres(): Promise<string> {
    const port = ground.ports.postgres
    notePorts(ground, { postgres: port })
    return startPostgres(ground.group, {
      directory: join(config.dataDir, 'postgres'),
      port,
      durable: true,
      maxConnections: config.POSTGRES_MAX_CONNECTIONS,
      signal,
    })
  }
}

async function startEvents({ config, ground, console, signal }: Start): Promise<string> {
  if (config.NATS_URL !== undefined) return config.NATS_URL
  const port = ground.ports.nats
  notePorts(ground, { nats: port })
  return startNats(ground.group, {
    directory: join(config.dataDir, 'nats'),
    binaries: join(config.dataDir, 'nats-server'),
    port,
    announce: console.say,
    signal,
  })
}

async function startTelegram({ config, ground, signal }: Start): Promise<TelegramAccess> {
  const application = telegramApplication(config)
  if (application !== undefined) return application
  const { port, controlPort } = ground.ports.emulator
  const directory = join(config.dataDir, 'emulator')
  const emulator = ground.group.run(emulatorProcess(config.root, directory, ground.ports.emulator))
  notePorts(ground, { emulator: port, emulatorControl: controlPort })
  return waitUntil(() => readEmulatorAccess(controlPort), { signal, processes: [emulator] })
}

function prepareStores(config: StackConfig) {
  const target = (name: string) => {
    const path = join(config.dataDir, 'archive', name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  const sessionEncKey =
    config.SESSION_ENC_KEY ?? readOrCreateSessionKey(join(config.dataDir, 'session-enc-key'))
  return {
    sessionEncKey,
    internalKey: config.INTERNAL_KEY ?? deriveInternalKey(sessionEncKey),
    localPath: config.LOCAL_PATH ?? target('local'),
    nasPath: config.NAS_PATH ?? mounted(target('nas')),
  }
}

/** Creates the default NAS folder with its marker. In a `NAS_PATH` of their own, users create the marker. */
function mounted(path: string): string {
  writeFileSync(join(path, MARKER), '')
  return path
}

function notePorts({ group: { stackFile } }: Ground, ports: Record<string, number>): void {
  stackFile.set({ ports: { ...stackFile.state.ports, ...ports } })
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ready`)
    await response.body?.cancel()
    return response.status === 200
  } catch {
    // Not listening yet.
    return false
  }
}
