import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The bytes of the database that these SQL statements create. Each `?` is replaced by a new random auth key. */
export function sqliteFile(sql: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'session-file-'))
  try {
    const path = join(directory, 'made.session')
    const database = new DatabaseSync(path)
    database.exec(sql.replaceAll('?', () => blob(randomBytes(256))))
    database.close()
    return readFileSync(path)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

export const blob = (bytes: Uint8Array) => `x'${Buffer.from(bytes).toString('hex')}'`

const SESSIONS = 'dc_id integer primary key, server_address text, port integer, auth_key blob'
const ENTITIES =
  'id integer primary key, hash integer not null, username text, phone integer, name text'
const SENT_FILES =
  'create table sent_files (md5_digest blob, file_size integer, type integer, id integer, hash integer, primary key (md5_digest, file_size, type));'
const UPDATE_STATE =
  'create table update_state (id integer primary key, pts integer, qts integer, date integer, seq integer);'

interface Schema {
  readonly columns?: string
  readonly values?: string
  readonly tables: string
}

/** The tables of each schema version of Telethon, and of Pyrogram, whose `sessions` table has the same columns. */
const SCHEMAS: Readonly<Record<string, Schema>> = {
  'Telethon 1': { tables: `create table entities (${ENTITIES});` },
  'Telethon 2': { tables: `create table entities (${ENTITIES});` },
  'Telethon 3': { tables: `create table entities (${ENTITIES}); ${SENT_FILES}` },
  'Telethon 4': { tables: `create table entities (${ENTITIES}); ${SENT_FILES} ${UPDATE_STATE}` },
  'Telethon 5': takeout(`create table entities (${ENTITIES}); ${SENT_FILES} ${UPDATE_STATE}`),
  'Telethon 6': takeout(`create table entities (${ENTITIES}); ${SENT_FILES} ${UPDATE_STATE}`),
  'Telethon 7': takeout(
    `create table entities (${ENTITIES}, date integer); ${SENT_FILES} ${UPDATE_STATE}`,
  ),
  'Telethon 8': {
    columns: ', takeout_id integer, tmp_auth_key blob',
    values: ', null, null',
    tables: `create table entities (${ENTITIES}, date integer); ${SENT_FILES} ${UPDATE_STATE}`,
  },
}

export const SCHEMA_NAMES = Object.keys(SCHEMAS)

function takeout(tables: string): Schema {
  return { columns: ', takeout_id integer', values: ', null', tables }
}

export function telethonFile(name: string, key: Uint8Array, dcId = 2): Buffer {
  const { columns = '', values = '', tables } = SCHEMAS[name] ?? { tables: '' }
  return sqliteFile(`
    create table version (version integer primary key);
    insert into version values (${Number(name.split(' ')[1])});
    create table sessions (${SESSIONS}${columns});
    insert into sessions values (${dcId}, '203.0.113.66', 443, ${blob(key)}${values});
    ${tables}`)
}

export function pyrogramFile(key: Uint8Array): Buffer {
  return sqliteFile(`
    create table sessions (dc_id integer primary key, api_id integer, test_mode integer, auth_key blob, date integer not null, user_id integer, is_bot integer);
    insert into sessions values (2, 1, 0, ${blob(key)}, 0, 1, 0);`)
}

/** A database whose `auth_key` is a generated column, computed when read. Written into the file, past SQLite's checks. */
export function computedKeyFile(columns: string): Buffer {
  const file = sqliteFile(`
    create table sessions (dc_id integer primary key, k integer, pad text default '${'x'.repeat(3000)}');
    insert into sessions (dc_id, k) values (2, 400000000);`)
  const at = file.indexOf('CREATE TABLE sessions')
  const end = file.indexOf("')", at) + 2
  const sql = `CREATE TABLE sessions (dc_id integer primary key, k integer, pad text, ${columns})`
  file.write(sql.padEnd(end - at, ' '), at, 'latin1')
  return file
}
