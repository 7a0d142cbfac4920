import { asc, sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { createDb, type Connection } from '../src/connection.ts'
import { stagedOf, stageRows } from '../src/stage-rows.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing.ts'

const copied = pgTable('copied', {
  id: integer('id').primaryKey(),
  words: text('some "words"'),
  at: timestamp('at', { withTimezone: true }),
  json: jsonb('json'),
})
type Row = typeof copied.$inferInsert

let database: TestDatabase
/** A pool of one connection: leftovers of a failed COPY would affect the next statement. */
let connection: Connection
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  connection = createDb(database.url, { maxConnections: 1 })
  await connection.db.execute(sql`create table copied (
    id int primary key, "some ""words""" text, at timestamptz, json jsonb)`)
})
beforeEach(async () => {
  await connection.db.execute(sql`truncate copied`)
})
afterAll(async () => {
  await connection.close()
  await database.close()
})

const copy = async (rows: readonly Row[]) =>
  await connection.db.transaction(async (tx) => {
    await stageRows(tx, copied, rows)
    await tx.execute(sql`insert into ${copied} select * from ${stagedOf(copied)}`)
  })

test('rows with any characters are copied unchanged', async () => {
  const awkward = [
    '\\',
    '\n',
    '\r\n',
    '\t',
    '\\N',
    '\\.',
    '',
    'ё 北京 👍🏽',
    String.raw`\u0000`,
    '"',
    '{}',
  ]
  const rows = awkward.map((words, id) => ({
    id,
    words,
    at: new Date(1_600_000_000_123 + id),
    json: { [words]: [words, id, null, true] },
  }))
  const empty = { id: -1, words: null, at: null, json: null }
  await copy([...rows, empty])
  const stored = await connection.db.select().from(copied).orderBy(asc(copied.id))
  expect(stored).toEqual([empty, ...rows])
})

test('NUL characters are replaced by U+FFFD', async () => {
  await copy([{ id: 1, words: 'a\0b', json: { key: ['a\0b', String.raw`\u0000`] } }])
  expect(await connection.db.select().from(copied)).toMatchObject([
    { words: 'a\uFFFDb', json: { key: ['a\uFFFDb', String.raw`\u0000`] } },
  ])
})

test('20,000 rows and zero rows are copied', async () => {
  await copy([])
  await copy(Array.from({ length: 20_000 }, (_, id) => ({ id, words: 'word '.repeat(50) })))
  expect(await connection.db.$count(copied)).toBe(20_000)
})

test('staged rows are removed at the end of their transaction', async () => {
  await copy([{ id: 1 }])
  await copy([{ id: 2 }])
  const failed = connection.db.transaction(async (tx) => {
    await stageRows(tx, copied, [{ id: 3 }])
    throw new Error('rolled back')
  })
  await expect(failed).rejects.toThrow('rolled back')
  await copy([])
  expect(await connection.db.$count(copied)).toBe(2)
})

test('an invalid first or last row makes the transaction fail, and the connection stays usable', async () => {
  const impossible = { id: 0, words: '', at: new Date('+200000-01-01T00:00:00Z') }
  const rows = Array.from({ length: 5000 }, (_, id) => ({ ...impossible, id, at: new Date() }))
  await expect(copy([impossible, ...rows])).rejects.toThrow(/time/)
  await expect(copy([...rows, impossible])).rejects.toThrow(/time/)
  await expect(copy([impossible])).rejects.toThrow(/time/)
  await copy([{ id: 7 }])
  expect(await connection.db.select({ id: copied.id }).from(copied)).toEqual([{ id: 7 }])
})

test('staging fails when its connection is lost', async () => {
  const lost = connection.db.transaction(async (tx) => {
    const [backend] = await tx.execute(sql`select pg_backend_pid() as pid`)
    await stageRows(tx, copied, [{ id: 1 }])
    await database.db.execute(sql`select pg_terminate_backend(${backend?.['pid']}, 5000)`)
    await stageRows(tx, copied, [{ id: 2 }])
  })
  await expect(lost).rejects.toThrow()
  await expect.poll(async () => await connection.db.$count(copied)).toBe(0)
})
