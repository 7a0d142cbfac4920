import { setTimeout as delay } from 'node:timers/promises'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'

/** A connection to NATS that reconnects until it is closed. */
export interface Nats {
  /** Resolves once the first connection is made. Rejects if `close` is called before that. */
  readonly connection: () => Promise<NatsConnection>
  /**
   * One round trip to the server, for readiness checks. Without a connection it rejects or waits; it has no timeout.
   * Concurrent calls share one round trip, so that checks of an unreachable server do not accumulate.
   */
  readonly check: () => Promise<void>
  /** Sends buffered messages and disconnects, within 3 s. */
  readonly close: () => Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const RETRY_MS = 500
const PING_INTERVAL_MS = 10_000
const DRAIN_TIMEOUT_MS = 3_000

/** Starts to connect to `url` as client `name` and returns without waiting for the connection. */
export function connectNats(url: string, { name, log }: { name: string; log: Logger }): Nats {
  const closing = new AbortController()
  const connecting = connectWithRetries(url, { name, log, signal: closing.signal })
  // Prevents an unhandled rejection; callers of `connection` get the error.
  connecting.catch(() => {})
  let checking: Promise<void> | null = null

  async function roundTrip(): Promise<void> {
    try {
      const connection = await connecting
      await connection.flush()
    } finally {
      checking = null
    }
  }

  return {
    connection: () => connecting,
    check() {
      checking ??= roundTrip()
      return checking
    },
    async close() {
      closing.abort()
      const connection = await connecting.catch(() => undefined)
      if (connection) await drain(connection, log)
    },
  }
}

interface Attempt {
  readonly name: string
  readonly log: Logger
  readonly signal: AbortSignal
}

async function connectWithRetries(
  url: string,
  { name, log, signal }: Attempt,
): Promise<NatsConnection> {
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
