import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabase } from '@telegather/db/migrate'
import { startEmulator } from '@telegather/telegram-emulator'
import postgres from 'postgres'
import { Client } from '../testing/client.ts'
import {
  PROCESS_FAULT_NAMES,
  PROCESS_FAULTS,
  type ProcessFaultName,
  type Installation,
} from './process-faults.ts'
import { startService, untilServing, type ServiceProcess } from './service-process.ts'
import { keyStatistics, type KeyStatistics } from './key-statistics.ts'
import { addSource, startCalls, startRuns, type Calls } from './load.ts'
import { seeded, shuffled } from './random.ts'
import { serviceEnvironment } from './service-environment.ts'
import { startServers } from './servers.ts'
import { watchedWrites, watchWrites, type WatchedWrites } from './write-watch.ts'

const APPS = ['auth-gateway', 'auth-gateway', 'scraper', 'scraper'] as const
const ACCOUNT = { phone: '+9996621001', code: '22222' }
/** 800 messages without files. */
const CHANNEL = { id: '1277518030', username: 'chollos_del_dia_demo' }
const LAST_RUN_WITHIN_MS = 90_000

export interface ChaosOptions {
  readonly rounds: number
  readonly seed: number
  readonly onRound?: (round: Round) => void
}

interface Round {
  readonly number: number
  readonly fault: ProcessFaultName
  /**
   * Milliseconds until a call is answered: from a fault of the lease holder, or from when the restarted server is ready.
   * Null when the victim was another service.
   */
  readonly answeredAfterMs: number | null
}

export interface ChaosReport extends Omit<KeyStatistics, 'peers'> {
  readonly rounds: readonly Round[]
  readonly calls: Readonly<Calls>
  /** The session's state after all rounds. */
  readonly sessionState: string
  readonly writes: WatchedWrites
  /** Number of unexpected exits of services. */
  readonly failures: number
  /** A source that is archived after all rounds: messages of its channel, and how many of them are stored. */
  readonly archive: { readonly sent: number; readonly stored: number }
}

/**
 * Two gateways and two scrapers, each with its own local address, use one session while they are killed, frozen and
 * stopped and Postgres and NATS are restarted. The emulator destroys an auth key that two addresses use at the same time.
 */
export async function leaseChaos(options: ChaosOptions): Promise<ChaosReport> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-lease-chaos-'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
    strictOwnership: true,
  })
  const servers = await startServers()
  const sql = postgres(servers.postgres.url, { max: 4, onnotice: () => {} })
  const services: ServiceProcess[] = []
  try {
    await migrateDatabase(servers.postgres.url)
    await watchWrites(sql)
    const env = serviceEnvironment({
      postgresUrl: servers.postgres.url,
      natsUrl: servers.nats.url,
      emulator,
      directory,
    })
    for (const [index, app] of APPS.entries())
      services.push(await startService(app, `127.0.0.${11 + index}`, env))
    await untilServing(services)
    return await injectFaults({ emulator, servers, services }, sql, options)
  } finally {
    await Promise.all(services.map((service) => service.stop()))
    await sql.end({ timeout: 5 })
    await servers.close()
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function injectFaults(
  installation: Installation,
  sql: postgres.Sql,
  { rounds, seed, onRound }: ChaosOptions,
): Promise<ChaosReport> {
  const { emulator, services } = installation
  const gateways = services.filter(({ app }) => app === 'auth-gateway')
  const session = await new Client(gateways[0]?.url ?? '').logIn(ACCOUNT, 'chaos')
  const load = startCalls(gateways, session.id)
  const runs = await startRuns(sql, { sessionId: session.id, username: CHANNEL.username })
  await load.nextAnswer()

  const random = seeded(seed)
  const faults = shuffled(PROCESS_FAULT_NAMES, random)
  const finished: Round[] = []
  for (let number = 1; number <= rounds; number++) {
    const fault = faults.next().value
    const { hitSession, ended } = await PROCESS_FAULTS[fault](installation, random)
    const answeredAfterMs = await load.nextAnswer()
    const round = { number, fault, answeredAfterMs: hitSession ? answeredAfterMs : null }
    finished.push(round)
    onRound?.(round)
    await ended
    await delay(random() * 500)
  }
  await load.stop()
  await runs.stop()
  await untilServing(services)

  const archive = await archiveOnce(installation, sql, session.id)
  const [row] = await sql<{ state: string }[]>`select state from sessions where id = ${session.id}`
  const { mostPeers, duplicates, keysDestroyed } = await keyStatistics(emulator)
  return {
    rounds: finished,
    calls: load.calls,
    mostPeers,
    duplicates,
    keysDestroyed,
    sessionState: row?.state ?? 'gone',
    writes: await watchedWrites(sql),
    failures: services.reduce((sum, service) => sum + service.failures(), 0),
    archive,
  }
}

/** Archives a new source by one run, which shows that the installation has recovered. */
async function archiveOnce(
  { emulator }: Installation,
  sql: postgres.Sql,
  sessionId: number,
): Promise<ChaosReport['archive']> {
  const sourceId = await addSource(sql, { name: 'Last', sessionId, username: CHANNEL.username })
  await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
  const giveUpAt = performance.now() + LAST_RUN_WITHIN_MS
  for (;;) {
    const [run] = await sql`select state, error from runs where source_id = ${sourceId}`
    if (run?.['state'] === 'COMPLETED') break
    if (performance.now() > giveUpAt)
      throw new Error(`The last run has not completed: ${JSON.stringify(run)}`)
    await delay(100)
  }
  const sent = await emulator.control.messages(CHANNEL.id)
  const [counted] = await sql<{ stored: number }[]>`
    select count(*)::int as stored from messages
    where source_id = ${sourceId} and message_id in ${sql(sent.map(({ id }) => id))}`
  return { sent: sent.length, stored: counted?.stored ?? 0 }
}
