import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

const CONNECT_TIMEOUT_SECONDS = 10
/** Reconnect backoff: exponential from 50 ms to 1 s. */
const FIRST_RETRY_SECONDS = 0.05
const LAST_RETRY_SECONDS = 1

const MAX_CONNECTIONS = 10
const IDLE_IN_TRANSACTION_MS = 15_000
/**
 * `lock_timeout` is the idle-in-transaction timeout plus this. A waiter outlasts a frozen lock holder: Postgres ends the
 * holder's idle transaction first.
 */
const LOCK_MARGIN_MS = 5_000
/** TCP keepalives of Postgres: it drops a client whose host is unreachable after 60 s. The default is over two hours. */
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
  /** Postgres closes a connection whose open transaction is idle for longer than this. Default: 15 s. */
  readonly idleInTransactionMs?: number
}

/**
 * Opens a connection pool; connections are made on first use. A statement fails when it waits for a lock longer than
 * `idleInTransactionMs` plus 5 s. While a COPY from this process sends rows (`stageRows`), no timeout applies.
 * `close` waits up to 5 s for running statements.
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
      // The services' statements read few rows: parallel workers and JIT would cost more than they save.
      // A string, because the driver omits a setting with the value 0.
      max_parallel_workers_per_gather: '0',
      jit: 'off',
    },
  })
  return { db: drizzle({ client }), close: () => client.end({ timeout: 5 }) }
}
