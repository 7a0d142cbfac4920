import { setTimeout as delay } from 'node:timers/promises'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'

/** A connection to NATS that is never given up: a server that is away is waited for. */
export interface Nats {
  /** The connection once there is one, from then on at once. Rejects after `close`. */
  readonly connection: () => Promise<NatsConnection>
  /**
   * One round trip to the server; for readiness. Rejects, or waits, when there is no connection. Callers share the
   * check that is under way: probes of a server that is away do not pile up.
   */
  readonly check: () => Promise<void>
  /** Sends what is still buffered and disconnects, within 3 s. */
  readonly close: () => Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const RETRY_MS = 500
const PING_INTERVAL_MS = 10_000
const DRAIN_TIMEOUT_MS = 3_000

/** Starts to connect to `url`, as client `name`, and returns without waiting for it. */
export function connectNats(url: string, { name, log }: { name: string; log: Logger }): Nats {
  const closing = new AbortController()
  let current = keepTrying(url, { name, log, signal: closing.signal })
  // Whoever needs the connection hears of the failure from `connection`.
  current.catch(() => {})
  let underWay: Promise<void> | null = null

  async function roundTrip(): Promise<void> {
    try {
      const connection = await current
      await connection.flush()
    } finally {
      underWay = null
    }
  }

  return {
    connection: () => current,
    check() {
      underWay ??= roundTrip()
      return underWay
    },
    async close() {
      closing.abort()
      const connection = await current.catch(() => undefined)
      if (connection) await drain(connection, log)
    },
  }
}

interface Attempt {
  readonly name: string
  readonly log: Logger
  readonly signal: AbortSignal
}

async function keepTrying(url: string, { name, log, signal }: Attempt): Promise<NatsConnection> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      const connection = await connect({
        servers: url,
        name,
        timeout: CONNECT_TIMEOUT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RETRY_MS,
        ignoreAuthErrorAbort: true,
        pingInterval: PING_INTERVAL_MS,
      })
      log.info({ attempt }, 'nats.connected')
      void logStatus(connection, log)
      return connection
    } catch (err) {
      if (attempt === 1) log.warn({ err }, 'nats.unreachable')
      await delay(RETRY_MS, undefined, { signal })
    }
  }
}

async function logStatus(connection: NatsConnection, log: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('nats.disconnected')
    if (status.type === 'reconnect') log.info('nats.reconnected')
    if (status.type === 'error') log.warn({ err: status.error }, 'nats.error')
  }
}

async function drain(connection: NatsConnection, log: Logger): Promise<void> {
  const done = new AbortController()
  try {
    await Promise.race([
      connection.drain(),
      delay(DRAIN_TIMEOUT_MS, undefined, { signal: done.signal }),
    ])
  } catch (err) {
    log.warn({ err }, 'nats.not_drained')
  } finally {
    done.abort()
    await connection.close()
  }
}
