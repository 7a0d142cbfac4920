import { parentPort } from 'node:worker_threads'
import initSqlJs, { type Database, type SqlValue } from 'sql.js'
import { AUTH_KEY_BYTES, foreignLogin, rejected, type ReadLogin } from './read-login.ts'

/** Limit of SQLite's allocations, without the file itself. */
const HEAP_BYTES = 64 * 1024 * 1024

/**
 * Header offsets of the write and read format version. They are set from 2 (WAL) to 1 (rollback journal), because the
 * WAL file was not uploaded and SQLite would refuse the database (https://www.sqlite.org/fileformat.html).
 */
const JOURNAL_MODES_AT = [18, 19]
const ROLLBACK_JOURNAL = 1

/** `rootpage > 0` excludes virtual tables, which run a module's code when read. */
const FIND_TABLE = `select 1 from sqlite_master where name = 'sessions' and type = 'table' and rootpage > 0`

/** Reads only the two columns, with type and length checked in SQL: hostile values can have any type and size. */
const READ_LOGINS = `
  select typeof(dc_id) = 'integer' as has_dc, dc_id, typeof(auth_key) = 'blob' as has_key, length(auth_key) as key_bytes,
    case when typeof(auth_key) = 'blob' and length(auth_key) = ${AUTH_KEY_BYTES} then auth_key end as auth_key
  from sessions limit 2`

const sqlite = await initSqlJs()

parentPort?.once('message', (file: Uint8Array) => {
  parentPort?.postMessage(readFile(file))
})
parentPort?.postMessage('ready')

function readFile(file: Uint8Array): ReadLogin {
  for (const at of JOURNAL_MODES_AT) file[at] = ROLLBACK_JOURNAL
  const database = new sqlite.Database(file)
  try {
    database.run(`pragma hard_heap_limit = ${HEAP_BYTES}`)
    database.run('pragma trusted_schema = off; pragma cell_size_check = on; pragma query_only = on')
    return readLogin(database)
  } catch {
    // SQLite's error text is not passed on: it can quote the file.
    return rejected('damaged', 'The session file is damaged: SQLite cannot read it')
  } finally {
    database.close()
  }
}

function readLogin(database: Database): ReadLogin {
  if (rows(database, FIND_TABLE).length === 0)
    return rejected(
      'not_a_session',
      'The file is a database, but not a session: it has no table "sessions"',
    )
  const [login, another] = rows(database, READ_LOGINS)
  if (another)
    return rejected('several_logins', 'The session file holds several logins; it must hold one')
  if (!login || !login['key_bytes'])
    return rejected('not_logged_in', 'The session file holds no login: it was never signed in')
  const key = login['auth_key']
  if (!login['has_dc'] || !(key instanceof Uint8Array))
    return rejected('not_a_session', 'The session file holds no valid data centre and auth key')
  return foreignLogin(Number(login['dc_id']), Buffer.from(key))
}

function rows(database: Database, sql: string): Record<string, SqlValue>[] {
  const statement = database.prepare(sql)
  try {
    const found: Record<string, SqlValue>[] = []
    while (statement.step()) found.push(statement.getAsObject())
    return found
  } finally {
    statement.free()
  }
}
