import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

const CONNECT_TIMEOUT_SECONDS = 10
/** A Postgres that was restarted is found again within a second. */
const FIRST_RETRY_SECONDS = 0.05
const LAST_RETRY_SECONDS = 1

const MAX_CONNECTIONS = 10
const IDLE_IN_TRANSACTION_MS = 15_000
/**
 * Added to the idle limit, it is the longest wait for a lock: a waiter outlasts a frozen process that holds the lock,
 * and gets it.
 */
const LOCK_MARGIN_MS = 5_000
/** Postgres drops a client whose host is gone after a minute. Its own default is over two hours. */
const KEEP_ALIVE = {
  tcp_keepalives_idle: 30,
  tcp_keepalives_interval: 10,
  tcp_keepalives_count: 3,
}

export type Db = PostgresJsDatabase & { readonly $client: postgres.Sql }
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
export type DbOrTx = Db | Tx

export interface Connection {
  readonly db: Db
  readonly close: () => Promise<void>
}

export interface PoolOptions {
  /** Default: 10. */
  readonly maxConnections?: number
  /** Postgres ends a transaction, and its connection, that is idle for longer between two statements. Default: 15 s. */
  readonly idleInTransactionMs?: number
}

/**
 * Opens a pool of connections; they are dialled when first used. A statement that waits for a lock for 5 s more than
 * `idleInTransactionMs` fails. COPY from this process has no limit while rows are on their way (`stageRows`).
 * `close` waits up to 5 s for statements under way.
 */
export function createDb(
  url: string,
  {
    maxConnections = MAX_CONNECTIONS,
    idleInTransactionMs = IDLE_IN_TRANSACTION_MS,
  }: PoolOptions = {},
): Connection {
  const client = postgres(url, {
    max: maxConnections,
    onnotice: () => {},
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: (retries) => Math.min(FIRST_RETRY_SECONDS * 2 ** retries, LAST_RETRY_SECONDS),
    connection: {
      application_name: 'telegather',
      idle_in_transaction_session_timeout: idleInTransactionMs,
      lock_timeout: idleInTransactionMs + LOCK_MARGIN_MS,
      ...KEEP_ALIVE,
      // Statements of services read few rows: starting workers or compiling costs them more than it saves.
      // As a string: the driver leaves out what is 0.
      max_parallel_workers_per_gather: '0',
      jit: 'off',
    },
  })
  return { db: drizzle({ client }), close: () => client.end({ timeout: 5 }) }
}
