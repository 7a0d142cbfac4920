import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createDb, type Connection } from '../src/connection.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing.ts'

let database: TestDatabase
let connection: Connection
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  await database.db.execute(sql`create table lost (id int)`)
  connection = createDb(database.url, { maxConnections: 1 })
})
afterAll(async () => {
  await connection.close()
  await database.close()
})

/** Terminates a backend, like a restart of Postgres. */
const endBackend = (pid: unknown) =>
  database.db.execute(sql`select pg_terminate_backend(${pid}, 5000)`)

test('a transaction that loses its connection fails and runs no statement on the next connection', async () => {
  const { db } = connection
  const lost = db.transaction(async (tx) => {
    const [row] = await tx.execute(sql`select pg_backend_pid() as pid`)
    await tx.execute(sql`insert into lost values (1)`)
    await endBackend(row?.['pid'])
    await expect(tx.execute(sql`insert into lost values (2)`)).rejects.toThrow()
    // Waits until the pool has reconnected and executed another statement.
    await expect
      .poll(() =>
        db.execute(sql`select 1`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await expect(tx.execute(sql`insert into lost values (3)`)).rejects.toThrow()
  })
  await expect(lost).rejects.toThrow()
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  expect([...(await db.execute(sql`select * from lost`))]).toEqual([])
})

test('running statements fail when the connection is lost, and later statements succeed', async () => {
  const { db } = connection
  for (let round = 0; round < 5; round++) {
    const [row] = await db.execute(sql`select pg_backend_pid() as pid`)
    const running = Array.from({ length: 5 }, () =>
      db.transaction((tx) => tx.execute(sql`insert into lost values (${round})`)),
    )
    await Promise.allSettled([endBackend(row?.['pid']), ...running])
    await expect
      .poll(() =>
        db.execute(sql`select 1`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  }
})
