import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { createDb, type Connection, type Db } from './connection.ts'
import { migrateDatabase } from './migrate.ts'

const TEMPLATE = 'telegather_template'
const TEMPLATE_LOCK = 720_198_002

const admins = new Map<string, postgres.Sql>()
const templates = new Map<string, Promise<void>>()

export interface TestDatabase extends Connection {
  readonly url: string
}

/**
 * Creates a database for one test by copying a migrated template; `close` drops it. `adminUrl` is any database of a
 * server on which its user may create databases.
 */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = adminOf(adminUrl)
  const template = templates.get(adminUrl) ?? ensureTemplate(admin, adminUrl)
  templates.set(adminUrl, template)
  await template
  // Without `file_copy` each page goes through the write-ahead log, at five times the processor time.
  await admin.unsafe(`create database ${name} template ${TEMPLATE} strategy file_copy`)
  const url = databaseUrl(adminUrl, name)
  const connection = createDb(url)
  return {
    url,
    db: connection.db,
    async close() {
      await connection.close()
      await admin.unsafe(`drop database ${name} with (force)`)
    },
  }
}

/**
 * Runs `read` and counts what Postgres read for it: table rows and index entries, and 8 kB pages of tables and indexes.
 * The pool must have only one connection, because a connection can flush only its own statistics.
 */
export async function readCost<Result>(
  { $client }: Db,
  read: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly rowsRead: number; readonly pagesRead: number }> {
  const count = async () => {
    await $client`select pg_stat_force_next_flush()`
    const [row] = await $client<[{ rows: number; pages: number }]>`
      select (select sum(seq_tup_read) from pg_stat_user_tables)::int
          + (select sum(idx_tup_read) from pg_stat_user_indexes)::int as rows,
        (select sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)
          from pg_statio_user_tables)::int as pages`
    return row
  }
  const before = await count()
  const result = await read()
  const after = await count()
  return { result, rowsRead: after.rows - before.rows, pagesRead: after.pages - before.pages }
}

/** The connection of this process to each server. It is closed after one idle second. */
function adminOf(adminUrl: string): postgres.Sql {
  const admin =
    admins.get(adminUrl) ?? postgres(adminUrl, { max: 1, idle_timeout: 1, onnotice: () => {} })
  admins.set(adminUrl, admin)
  return admin
}

/** Creates the template database, once per server. An existing template is complete, because it is renamed last. */
async function ensureTemplate(admin: postgres.Sql, adminUrl: string): Promise<void> {
  const exists = async (sql: postgres.Sql) =>
    (await sql`select 1 from pg_database where datname = ${TEMPLATE}`).length > 0
  if (await exists(admin)) return
  // A connection that stays open: the advisory lock ends with it.
  const builder = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await builder`select pg_advisory_lock(${TEMPLATE_LOCK})`
    if (await exists(builder)) return
    const building = `${TEMPLATE}_building`
    await builder.unsafe(`drop database if exists ${building}`)
    await builder.unsafe(`create database ${building}`)
    await migrateDatabase(databaseUrl(adminUrl, building))
    await builder.unsafe(`alter database ${building} rename to ${TEMPLATE}`)
  } finally {
    await builder.end({ timeout: 5 })
  }
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
