import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabase } from '@telegather/db/migrate'
import { startEmulator } from '@telegather/telegram-emulator'
import postgres from 'postgres'
import { Client } from '../e2e/client.ts'
import { ACT_NAMES, ACTS, type ActName, type Stage } from './acts.ts'
import { startFighter, untilServing, type Fighter } from './fighting-services.ts'
import { keyStatistics, type KeyStatistics } from './key-statistics.ts'
import { addSource, callWithoutEnd, runWithoutEnd, type Calls } from './load.ts'
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
  readonly act: ActName
  /**
   * Milliseconds until a call is answered: from an act against the holder, or from when a server can be used again.
   * Null when a bystander was hit.
   */
  readonly answeredAfterMs: number | null
}

export interface ChaosReport extends Omit<KeyStatistics, 'peers'> {
  readonly rounds: readonly Round[]
  readonly calls: Readonly<Calls>
  /** The session's state in the end. */
  readonly sessionState: string
  readonly writes: WatchedWrites
  /** Services that ended without having been told to. */
  readonly failures: number
  /** In the end a source is archived: how many messages its channel has, and how many of them are stored. */
  readonly archive: { readonly sent: number; readonly stored: number }
}

/**
 * Two gateways and two scrapers, each from an address of its own, use one session while they are killed, frozen and
 * stopped, and the servers that they need are restarted. Telegram destroys a key that two of them use at once.
 */
export async function leaseChaos(options: ChaosOptions): Promise<ChaosReport> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-fight-'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
    strictOwnership: true,
  })
  const servers = await startServers()
  const sql = postgres(servers.postgres.url, { max: 4, onnotice: () => {} })
  const fighters: Fighter[] = []
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
      fighters.push(await startFighter(app, `127.0.0.${11 + index}`, env))
    await untilServing(fighters)
    return await fight({ emulator, servers, fighters }, sql, options)
  } finally {
    await Promise.all(fighters.map((fighter) => fighter.stop()))
    await sql.end({ timeout: 5 })
    await servers.close()
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function fight(
  stage: Stage,
  sql: postgres.Sql,
  { rounds, seed, onRound }: ChaosOptions,
): Promise<ChaosReport> {
  const { emulator, fighters } = stage
  const gateways = fighters.filter(({ app }) => app === 'auth-gateway')
  const session = await new Client(gateways[0]?.url ?? '').logIn(ACCOUNT, 'fought over')
  const load = callWithoutEnd(gateways, session.id)
  const runs = await runWithoutEnd(sql, { sessionId: session.id, username: CHANNEL.username })
  await load.nextAnswer()

  const random = seeded(seed)
  const acts = shuffled(ACT_NAMES, random)
  const fought: Round[] = []
  for (let number = 1; number <= rounds; number++) {
    const act = acts.next().value
    const { wasFelt, over } = await ACTS[act](stage, random)
    const answeredAfterMs = await load.nextAnswer()
    const round = { number, act, answeredAfterMs: wasFelt ? answeredAfterMs : null }
    fought.push(round)
    onRound?.(round)
    await over
    await delay(random() * 500)
  }
  await load.stop()
  await runs.stop()
  await untilServing(fighters)

  const archive = await archiveOnce(stage, sql, session.id)
  const [row] = await sql<{ state: string }[]>`select state from sessions where id = ${session.id}`
  const { mostPeers, duplicates, keysDestroyed } = await keyStatistics(emulator)
  return {
    rounds: fought,
    calls: load.calls,
    mostPeers,
    duplicates,
    keysDestroyed,
    sessionState: row?.state ?? 'gone',
    writes: await watchedWrites(sql),
    failures: fighters.reduce((sum, fighter) => sum + fighter.failures(), 0),
    archive,
  }
}

/** Whether everything has come back: a run from beginning to end. */
async function archiveOnce(
  { emulator }: Stage,
  sql: postgres.Sql,
  sessionId: number,
): Promise<ChaosReport['archive']> {
  const sourceId = await addSource(sql, { name: 'Last', sessionId, username: CHANNEL.username })
  await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
  const giveUpAt = performance.now() + LAST_RUN_WITHIN_MS
  for (;;) {
    const [run] = await sql`select state, error from runs where source_id = ${sourceId}`
    if (run?.['state'] === 'COMPLETED') break
    if (performance.now() > giveUpAt) throw new Error(`the last run: ${JSON.stringify(run)}`)
    await delay(100)
  }
  const sent = await emulator.control.messages(CHANNEL.id)
  const [counted] = await sql<{ stored: number }[]>`
    select count(*)::int as stored from messages
    where source_id = ${sourceId} and message_id in ${sql(sent.map(({ id }) => id))}`
  return { sent: sent.length, stored: counted?.stored ?? 0 }
}
