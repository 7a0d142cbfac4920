import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { createDb, type Connection, type Db } from './connection.ts'
import { migrateDatabase } from './migrate.ts'

const TEMPLATE = 'telegather_template'
const TEMPLATE_LOCK = 720_198_002

export interface TestDatabase extends Connection {
  readonly url: string
}

/**
 * A database of its own for one test, copied from a migrated template; `close` drops it.
 * `adminUrl` names any database of a server on which databases may be created.
 */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await withAdmin(adminUrl, async (admin) => {
    await ensureTemplate(admin, adminUrl)
    await admin.unsafe(`create database ${name} template ${TEMPLATE}`)
  })
  const url = databaseUrl(adminUrl, name)
  const connection = createDb(url)
  return {
    url,
    db: connection.db,
    async close() {
      await connection.close()
      await withAdmin(adminUrl, (admin) => admin.unsafe(`drop database ${name} with (force)`))
    },
  }
}

/**
 * What `read` answers, and how many rows of tables and entries of indexes Postgres has read for it. The pool must have one
 * connection only: Postgres publishes these counts when the connection that has caused them is told to.
 */
export async function readCost<Result>(
  { $client }: Db,
  read: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly rowsRead: number }> {
  const count = async () => {
    await $client`select pg_stat_force_next_flush()`
    const [row] = await $client<[{ rows: number }]>`
      select (select sum(seq_tup_read) from pg_stat_user_tables)::int
        + (select sum(idx_tup_read) from pg_stat_user_indexes)::int as rows`
    return row.rows
  }
  const before = await count()
  const result = await read()
  return { result, rowsRead: (await count()) - before }
}

async function ensureTemplate(admin: postgres.Sql, adminUrl: string): Promise<void> {
  await admin`select pg_advisory_lock(${TEMPLATE_LOCK})`
  try {
    const existing = await admin`select 1 from pg_database where datname = ${TEMPLATE}`
    if (existing.length > 0) return
    const building = `${TEMPLATE}_building`
    await admin.unsafe(`drop database if exists ${building}`)
    await admin.unsafe(`create database ${building}`)
    await migrateDatabase(databaseUrl(adminUrl, building))
    await admin.unsafe(`alter database ${building} rename to ${TEMPLATE}`)
  } finally {
    await admin`select pg_advisory_unlock(${TEMPLATE_LOCK})`
  }
}

async function withAdmin<T>(url: string, use: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await use(admin)
  } finally {
    await admin.end({ timeout: 5 })
  }
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
