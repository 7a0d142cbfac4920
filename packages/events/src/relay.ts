import { jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Db } from '@telegather/db'
import type { Logger } from 'pino'
import type { Nats } from './nats.ts'
import { claimUnpublished, deletePublished, finishClaim, type OutboxRow } from './queries.ts'
import { wakeOnNotification } from './notifications.ts'
import { DEFAULT_PREFIX, ensureStream, streamName, subjectOf } from './streams.ts'
import { sleep, unlessAborted, WakeUp } from '@telegather/service'

export interface RelayOptions {
  readonly db: Db
  readonly nats: Nats
  readonly log: Logger
  readonly signal: AbortSignal
  readonly prefix?: string
}

const BATCH = 100
/** Fallback for lost notifications: normally a commit wakes the relay. */
const POLL_MS = 5_000
const RETRY_MS = 1_000
const ACK_TIMEOUT_MS = 5_000
/** Longer than publishing a batch takes (`ACK_TIMEOUT_MS`), and shorter than JetStream's duplicate window. */
const CLAIM_MS = 7_000
const KEEP_PUBLISHED_DAYS = 3
const PRUNE_EVERY_MS = 3_600_000
/** Rows that one statement deletes. */
const PRUNE_BATCH = 1000

/**
 * Publishes committed events until `signal` aborts; resolves when it has stopped. Any number of relays can share an
 * outbox. During an outage of NATS or Postgres, events stay in the outbox. An event may be published twice with the same
 * message id: JetStream drops duplicates for two minutes; after that, idempotent consumers handle them. Occupies one extra
 * Postgres connection for LISTEN until `db` is closed.
 */
export async function runRelay(options: RelayOptions): Promise<void> {
  const { db, log, signal } = options
  const wakeUp = new WakeUp()
  wakeOnNotification({ db, log }, 'outbox', wakeUp)
  let failing = false
  while (!signal.aborted) {
    try {
      await relayUntilAborted(options, wakeUp, () => {
        if (failing) log.info('relay.recovered')
        failing = false
      })
    } catch (err) {
      if (signal.aborted) return
      if (!failing) log.warn({ err }, 'relay.failed')
      failing = true
      await sleep(RETRY_MS, signal)
    }
  }
}

async function relayUntilAborted(
  { db, nats, log, signal, prefix = DEFAULT_PREFIX }: RelayOptions,
  wakeUp: WakeUp,
  onSuccess: () => void,
): Promise<void> {
  const connection = await unlessAborted(nats.connection(), signal)
  await ensureStream(connection, prefix)
  let pruneAt = 0
  while (!signal.aborted) {
    // Waits for NATS before rows are claimed.
    await unlessAborted(connection.flush(), signal)
    const published = await publishBatch(db, connection, prefix)
    onSuccess()
    if (published > 0) log.debug({ published }, 'relay.published')
    if (Date.now() >= pruneAt) {
      await prune(db, signal)
      pruneAt = Date.now() + PRUNE_EVERY_MS
    }
    if (published < BATCH) await wakeUp.wait(POLL_MS, signal)
  }
}

async function prune(db: Db, signal: AbortSignal): Promise<void> {
  const batch = { days: KEEP_PUBLISHED_DAYS, limit: PRUNE_BATCH }
  while (!signal.aborted && (await deletePublished(db, batch)) === PRUNE_BATCH);
}

/**
 * Claims and publishes a batch; returns the number of its events. Events that JetStream refused are released at once, and
 * the call throws. The claim of a relay that dies expires after `CLAIM_MS`.
 */
async function publishBatch(db: Db, connection: NatsConnection, prefix: string): Promise<number> {
  const rows = await claimUnpublished(db, { limit: BATCH, claimMs: CLAIM_MS })
  if (rows.length === 0) return 0
  const results = await Promise.allSettled(rows.map((row) => publish(connection, prefix, row)))
  const outcomes = rows.map(({ id, claimedUntil }, index) => ({
    id,
    claimedUntil,
    isPublished: results[index]?.status === 'fulfilled',
  }))
  await finishClaim(db, outcomes)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) throw new Error('JetStream refused an event', { cause: failure.reason })
  return rows.length
}

async function publish(connection: NatsConnection, prefix: string, row: OutboxRow): Promise<void> {
  await jetstream(connection).publish(subjectOf(prefix, row.subject), JSON.stringify(row.payload), {
    msgID: row.id,
    timeout: ACK_TIMEOUT_MS,
    expect: { streamName: streamName(prefix) },
  })
}
