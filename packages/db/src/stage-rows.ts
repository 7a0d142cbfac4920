import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { getTableColumns, getTableName, sql, type Name } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { PostgresJsSession } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import type { Tx } from './connection.ts'
import { storable } from './storable.ts'

/** Made while Postgres works on those before. */
const ROWS_PER_CHUNK = 100

/** What stands for itself nowhere in COPY's text format, or cannot be kept. */
const SPECIAL = /[\\\n\r\t\0]/g
const IN_COPY: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\0': storable('\0'),
}

/**
 * Puts rows into `stagedOf(table)` by COPY, which costs Postgres and this process half of what an INSERT does; the
 * transaction's end empties it. To be called before anything is locked: while rows are on their way, Postgres waits for
 * this process without any limit, be it frozen or cut off. The first row tells which columns there are. NUL characters,
 * which Postgres cannot keep, become U+FFFD.
 */
export async function stageRows<Of extends PgTable>(
  tx: Tx,
  table: Of,
  rows: readonly Of['$inferInsert'][],
): Promise<void> {
  const staged = stagedOf(table)
  await tx.execute(sql`create temporary table if not exists ${staged} on commit delete rows
    as table ${table} with no data`)
  const [first] = rows
  if (!first) return
  const columns = Object.keys(first) as (keyof typeof first & string)[]
  const all = getTableColumns(table)
  const names = columns.map((column) => `"${all[column]?.name.replaceAll(`"`, `""`)}"`)
  const lineOf = (row: Of['$inferInsert']) =>
    `${columns.map((column) => copied(row[column])).join('\t')}\n`
  function* chunks() {
    for (let at = 0; at < rows.length; at += ROWS_PER_CHUNK) {
      yield rows
        .slice(at, at + ROWS_PER_CHUNK)
        .map(lineOf)
        .join('')
    }
  }
  const copy = `copy "${staged.value}" (${names.join(', ')}) from stdin`
  await pipeline(Readable.from(chunks()), await clientOf(tx).unsafe(copy).writable())
}

/** A connection's own table, without any constraints. */
export function stagedOf(table: PgTable): Name {
  return sql.identifier(`staged_${getTableName(table)}`)
}

/** In COPY's text format; an object is for `json` or `jsonb`. */
function copied(value: unknown): string {
  if (value === null || value === undefined) return String.raw`\N`
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if (value instanceof Date) return value.toISOString()
  const json = JSON.stringify(value)
  return escaped(json.includes(String.raw`\u0000`) ? JSON.stringify(storable(value)) : json)
}

function escaped(text: string): string {
  return text.replaceAll(SPECIAL, (character) => IN_COPY[character] ?? character)
}

/** The connection that the transaction is made on. */
function clientOf(tx: Tx): Sql {
  const { session } = tx._
  if (session instanceof PostgresJsSession) return session.client as Sql
  throw new TypeError('the transaction is not one of postgres.js')
}
