import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabase } from '@telegather/db/migrate'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import postgres from 'postgres'
import { startService, untilServing, type ServiceProcess } from './service-process.ts'
import { addSource } from './load.ts'
import { serviceEnvironment } from './service-environment.ts'
import { startServers } from './servers.ts'

const WITHIN_MS = 180_000

/** A gateway and scrapers as processes, each with its own local address, with their own Postgres, NATS and emulator. */
export interface ScraperInstallation {
  readonly sql: postgres.Sql
  readonly databaseUrl: string
  readonly emulator: Emulator
  readonly gateway: ServiceProcess
  readonly scrapers: readonly ServiceProcess[]
  /** The folder of target LOCAL. */
  readonly localPath: string
  readonly close: () => Promise<void>
}

/** `env` overrides `serviceEnvironment` for every service; undefined removes a variable, so its default applies. */
export async function startScraperInstallation(
  scraperCount: number,
  env: NodeJS.ProcessEnv,
): Promise<ScraperInstallation> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-scrapers-'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'empty',
    dataDir: null,
    strictOwnership: true,
  })
  const servers = await startServers()
  const { url: databaseUrl } = servers.postgres
  const sql = postgres(databaseUrl, { max: 4, onnotice: () => {} })
  const services: ServiceProcess[] = []
  const close = async () => {
    await Promise.all(services.map((service) => service.stop()))
    await sql.end({ timeout: 5 })
    await servers.close()
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
  const around = { postgresUrl: databaseUrl, natsUrl: servers.nats.url, emulator, directory }
  const environment = { ...serviceEnvironment(around), ...env }
  const start = async (app: ServiceProcess['app'], address: string) => {
    const service = await startService(app, address, environment)
    services.push(service)
    return service
  }
  try {
    await migrateDatabase(databaseUrl)
    const gateway = await start('auth-gateway', '127.0.0.21')
    const scrapers: ServiceProcess[] = []
    for (let number = 0; number < scraperCount; number++)
      scrapers.push(await start('scraper', `127.0.0.${22 + number}`))
    await untilServing(services)
    const localPath = join(directory, 'local')
    return { sql, databaseUrl, emulator, gateway, scrapers, localPath, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Creates a channel with generated messages, some with files of up to `maxFileBytes`. */
export async function makeChannel(
  { control }: Emulator,
  channel: { username: string; messages: number; maxFileBytes: number },
): Promise<void> {
  const { username, messages, maxFileBytes } = channel
  const { id } = await control.addChannel({ title: 'Channel', username })
  await control.generate(id, { messages, seed: 1, max_file_size: maxFileBytes })
}

/** Inserts a source of the session and a pending run; returns the source's id. */
export async function startRun(
  { sql }: ScraperInstallation,
  source: { readonly name: string; readonly sessionId: number; readonly username: string },
): Promise<number> {
  const sourceId = await addSource(sql, source)
  await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
  return sourceId
}

/** Polls until `check` returns true. Throws after 3 minutes. */
export async function until(check: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + WITHIN_MS
  while (!(await check())) {
    if (performance.now() > giveUpAt)
      throw new Error(`The condition was not met within ${WITHIN_MS} ms`)
    await delay(20)
  }
}
