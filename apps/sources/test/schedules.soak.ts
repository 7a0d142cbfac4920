import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { CHANGES, simulateSchedules } from './schedule-simulation.ts'

const DAYS = 400
const DAY_MS = 86_400_000
const FROM = Date.parse('2026-01-01T00:00:00Z')

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
})
afterAll(() => database.close())

test(`schedulers make one run for each instant of ${DAYS} days, in five zones, and one for those that were missed`, async () => {
  const { made, expected } = await simulateSchedules(database.db, {
    zones: Object.keys(CHANGES),
    from: FROM,
    to: FROM + DAYS * DAY_MS,
  })
  process.stdout.write(`${made.length} runs in ${DAYS} days\n`)
  expect(made).toEqual(expected)
})
