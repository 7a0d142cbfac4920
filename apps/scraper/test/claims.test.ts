import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { uuidv7 } from 'uuidv7'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { insertSession } from '@telegather/sessions/testing'
import { SessionNotActive, SessionNotFound } from '@telegather/sessions'
import { FloodWait } from '@telegather/telegram'
import { claimNext } from '../src/runs/claim-next.ts'
import { finishAttempt } from '../src/archiving/finish-attempt.ts'
import { announceScraper, claimRuns, selectOpenRuns } from '../src/runs/queries/claims.ts'
import { claimLine } from '../src/runs/run-lines.ts'

const CONCURRENCY = 4
const deadAfterMs = 60_000

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  for (let n = 1; n <= 9; n++)
    await insertSession(database.db, { sessionName: `${n}`, telegramUserId: BigInt(n) })
  await database.db.$client`
    with source as (
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
      select 'operator', 'Source', 'x', 'x', 'private', 'LOCAL', id from sessions returning id)
    insert into runs (id, source_id, trigger) select gen_random_uuid(), id, 'manual' from source`
})
afterEach(() => database.close())

/** Claims like one process: until it has no room, or gets no run without having lost a race. Returns the number of runs. */
async function claimAll(patienceMs: number): Promise<number> {
  let executing = 0
  for (;;) {
    const room = CONCURRENCY - executing
    const claimant = { room, executing, patienceMs, deadAfterMs }
    const { runs, nextMs } = await claimNext(database.db, claimant)
    executing += runs.length
    const lostRace = nextMs !== null && nextMs < 1_000
    if ((runs.length === 0 && !lostRace) || executing === CONCURRENCY) return executing
  }
}

const claimOne = () => claimNext(database.db, { room: 1, patienceMs: 0, deadAfterMs })

test('three processes share nine runs of nine sessions evenly', async () => {
  for (let process = 0; process < 3; process++)
    await announceScraper(database.db, uuidv7(), deadAfterMs)
  const claimed = await Promise.all([1, 2, 3].map(async () => claimAll(deadAfterMs)))
  expect(claimed).toEqual([3, 3, 3])
})

test('a process takes more than its share of runs that were left for `patienceMs`', async () => {
  for (let process = 0; process < 3; process++)
    await announceScraper(database.db, uuidv7(), deadAfterMs)
  expect(await claimAll(0)).toBe(CONCURRENCY)
})

test('a run whose worker died is claimed beyond the share, also after an older run that is left', async () => {
  const { db } = database
  for (let process = 0; process < 3; process++) await announceScraper(db, uuidv7(), deadAfterMs)
  const [dead] = (await claimOne()).runs
  await db.$client`
    update runs set heartbeat_at = now() - interval '1 hour', created_at = now() + interval '1 minute'
    where id = ${dead?.id ?? null}`
  const claimant = { room: 1, executing: 3, patienceMs: deadAfterMs, deadAfterMs }
  const { runs, leftRunId, nextMs } = await claimNext(db, claimant)
  expect(runs.map(({ id }) => id)).toEqual([dead?.id])
  expect(leftRunId).not.toBeNull()
  expect(nextMs).toBeGreaterThan(0)
  expect(nextMs).toBeLessThanOrEqual(deadAfterMs)
})

test('a claim waits for no lock: not for a session that is being deleted, nor for a run that is being cancelled', async () => {
  const { db } = database
  const [deleted, cancelled] = await db.$client<{ source_id: number; session_id: number }[]>`
    select source_id, sources.session_id from runs join sources on source_id = sources.id
    order by runs.created_at, runs.id limit 2`
  if (!deleted || !cancelled) throw new Error('no runs')
  await db.$client.begin(async (tx) => {
    await tx`update sources set session_id = null where id = ${deleted.source_id}`
    await tx`delete from sessions where id = ${deleted.session_id}`
    await tx`select from runs where source_id = ${cancelled.source_id} for update`
    const { runs, nextMs } = await claimNext(db, { room: 9, patienceMs: 0, deadAfterMs })
    expect(runs).toHaveLength(7)
    expect(nextMs).toBeLessThan(1_000)
  })
  const { runs } = await claimNext(db, { room: 9, patienceMs: 0, deadAfterMs })
  const bySource = new Map(runs.map((run) => [run.sourceId, run.sessionId]))
  expect(bySource.get(cancelled.source_id)).toBe(cancelled.session_id)
  expect(bySource.get(deleted.source_id)).toBeNull()
})

test('one claim takes at most `room` runs, and one run of each session', async () => {
  const { db } = database
  await db.$client`
    with source as (
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
      select 'operator', 'Second', 'x', 'x', 'private', 'LOCAL', id from sessions returning id)
    insert into runs (id, source_id, trigger) select gen_random_uuid(), id, 'manual' from source`
  const { runs } = await claimNext(db, { room: 20, patienceMs: 0, deadAfterMs })
  expect(new Set(runs.map(({ sessionId }) => sessionId)).size).toBe(9)
  expect(runs).toHaveLength(9)
  expect((await claimOne()).runs).toEqual([])
})

test('eight concurrent processes never claim two runs of one session, and execute all runs', async () => {
  const { db } = database
  await db.$client`
    with source as (
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
      select 'operator', 'More', 'x', 'x', 'private', 'LOCAL', sessions.id from sessions, generate_series(1, 9) returning id)
    insert into runs (id, source_id, trigger) select gen_random_uuid(), id, 'manual' from source`
  let left = 90
  async function work(): Promise<void> {
    while (left > 0) {
      const { runs } = await claimNext(db, { room: 3, patienceMs: 0, deadAfterMs })
      for (const { id } of runs) {
        await db.$client`update runs set state = 'COMPLETED' where id = ${id} and state = 'RUNNING'`
        left--
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  const [done] = await db.$client`
    select count(*)::int as runs, max(attempt) as attempt from runs where state = 'COMPLETED'`
  expect(done).toEqual({ runs: 90, attempt: 1 })
})

describe('public sources without a session', () => {
  let sourceIds: readonly number[]
  beforeEach(async () => {
    await database.db.$client`delete from runs`
    await database.db.$client`update sessions set use_for_public = id < 4`
    const rows = await database.db.$client<{ id: number }[]>`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      select 'operator', 'Public', 'x', 'x', 'public', 'LOCAL' from generate_series(1, 5) returning id`
    sourceIds = rows.map(({ id }) => id)
    await database.db.$client`
      insert into runs (id, source_id, trigger) select gen_random_uuid(), id, 'manual'
      from sources where name = 'Public'`
  })

  const sessionsOf = (claims: { runs: readonly { sessionId: number | null }[] }) =>
    claims.runs.map(({ sessionId }) => sessionId)

  test('are read by all public sessions at once', async () => {
    const claims = await claimNext(database.db, { room: 9, patienceMs: 0, deadAfterMs })
    expect(sessionsOf(claims)).toEqual([1, 2, 3])
  })

  test('are never read by a session of another owner, nor by a login of a browser', async () => {
    const { $client } = database.db
    const tenant = crypto.randomUUID()
    await $client`insert into tenants (id, name) values (${tenant}, 'theirs')`
    await $client`
      update sessions set owner_kind = (case id when 1 then 'browser' else 'tenant' end)::owner_kind,
        owner_id = ${tenant} where id in (1, 2)`
    const claimAll = () => claimNext(database.db, { room: 9, patienceMs: 0, deadAfterMs })
    expect(sessionsOf(await claimAll())).toEqual([3])

    await $client`update sources set owner_kind = 'tenant', owner_id = ${tenant} where id = ${sourceIds[3] ?? 0}`
    expect(sessionsOf(await claimAll())).toEqual([2])

    // Its own source neither: sources of browsers are not archived through sessions.
    await $client`update sources set owner_kind = 'browser', owner_id = ${tenant} where id = ${sourceIds[4] ?? 0}`
    expect(sessionsOf(await claimAll())).toEqual([null])
  })

  test('are not claimed for a session that stopped reading public channels after the pick', async () => {
    const [run] = (await selectOpenRuns(database.db)).filter(({ sessionId }) => sessionId === null)
    if (!run) throw new Error('no run is open')
    await database.db.$client`update sessions set use_for_public = false where id = 1`
    const claim = async (sessionId: number) =>
      claimRuns(database.db, [{ run, sessionId }], {
        newWorkerId: () => crypto.randomUUID(),
        deadAfterMs,
        lineOf: claimLine,
      })
    expect(await claim(1)).toEqual([])
    expect(await claim(2)).toMatchObject([{ id: run.id, sessionId: 2 }])
  })

  test('do not wait for a session with a flood wait', async () => {
    await database.db
      .$client`update sessions set flood_wait_until = now() + interval '1 hour' where id = 1`
    await database.db.$client`update sources set channel_session_id = 1`
    expect(sessionsOf(await claimOne())).toEqual([2])
  })

  test('resume with another session when their session has a flood wait', async () => {
    const [run] = (await claimOne()).runs
    if (run?.sessionId !== 1) throw new Error('claimed by another session')
    const failure = { error: new FloodWait(3_600) }
    await database.db.$client`delete from runs where id <> ${run.id}`
    await database.db
      .$client`update sessions set flood_wait_until = now() + interval '1 hour' where id = 1`
    expect(await finishAttempt(database.db, run, { failure, stopping: false })).toBe('WAITING')
    expect((await claimOne()).runs).toMatchObject([{ id: run.id, sessionId: 2 }])
  })

  test.each([
    [
      'is paused',
      (sql) => sql`update sessions set state = 'paused' where id = 1`,
      new SessionNotActive({ state: 'paused', reason: null }),
    ],
    [
      'has lost its login',
      (sql) => sql`update sessions set state = 'needs_login' where id = 1`,
      new SessionNotActive({ state: 'needs_login', reason: 'AUTH_KEY_UNREGISTERED' }),
    ],
    [
      'is deleted',
      async (sql) => {
        await sql`delete from sources where session_id = 1`
        await sql`delete from sessions where id = 1`
      },
      new SessionNotFound(),
    ],
  ] satisfies [string, (sql: TestDatabase['db']['$client']) => Promise<unknown>, Error][])(
    'resume with another session when their session %s',
    async (_, lose, error) => {
      const [run] = (await claimOne()).runs
      if (run?.sessionId !== 1) throw new Error('claimed by another session')
      await database.db.$client`delete from runs where id <> ${run.id}`
      await lose(database.db.$client)
      const tried = { failure: { error }, stopping: false }
      expect(await finishAttempt(database.db, run, tried)).toBe('WAITING')
      const { runs } = await claimOne()
      expect(runs).toMatchObject([{ id: run.id, sessionId: 2, attempt: 1 }])
    },
  )

  test('wait for the flood wait of another session when their session has lost its login', async () => {
    const [run] = (await claimOne()).runs
    if (!run) throw new Error('no run')
    await database.db.$client`update sessions set state = 'banned' where id = 1`
    await database.db
      .$client`update sessions set flood_wait_until = now() + interval '1 hour' where id > 1`
    const failure = { error: new SessionNotActive({ state: 'banned', reason: null }) }
    expect(await finishAttempt(database.db, run, { failure, stopping: false })).toBe('WAITING')
    const [row] = await database.db.$client<[{ s: number }]>`
      select extract(epoch from resume_at - now())::int as s from runs where id = ${run.id}`
    expect(row.s).toBeGreaterThan(3500)
  })

  test('fail with the reason when no other session may read them', async () => {
    const [run] = (await claimOne()).runs
    if (!run) throw new Error('no run')
    await database.db.$client`update sessions set state = 'banned' where id < 4`
    const failure = { error: new SessionNotActive({ state: 'banned', reason: null }) }
    expect(await finishAttempt(database.db, run, { failure, stopping: false })).toBe('FAILED')
    const [row] = await database.db.$client`select error from runs where id = ${run.id}`
    expect(row).toEqual({ error: 'Telegram has banned or deleted this account' })
  })

  test('are read by the session that resolved the channel, and by another when that is busy for `patienceMs`', async () => {
    const [first = 0] = sourceIds
    await database.db.$client`delete from runs where source_id <> ${first}`
    await database.db.$client`update sources set channel_session_id = 2 where id = ${first}`
    await database.db.$client`
      with source as (
        insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
        values ('operator', 'Busy', 'x', 'x', 'private', 'LOCAL', 2) returning id)
      insert into runs (id, source_id, trigger, state, session_id, heartbeat_at)
      select gen_random_uuid(), id, 'manual', 'RUNNING', 2, now() from source`
    const soon = await claimNext(database.db, { room: 1, patienceMs: 60_000, deadAfterMs })
    expect(soon.runs).toEqual([])
    expect(soon.nextMs).toBeGreaterThan(0)
    expect(soon.nextMs).toBeLessThanOrEqual(60_000)
    expect(sessionsOf(await claimOne())).toEqual([1])
  })

  test('are read by no session without `use_for_public`', async () => {
    await database.db.$client`update sessions set use_for_public = false`
    expect(sessionsOf(await claimOne())).toEqual([null])
  })

  test('are read by the session that their source is given later', async () => {
    await database.db.$client`update sources set session_id = 7 where name = 'Public'`
    expect(
      sessionsOf(await claimNext(database.db, { room: 9, patienceMs: 0, deadAfterMs })),
    ).toEqual([7])
  })
})

test('a run resumes with the session that its source was given after the run started', async () => {
  const [run] = (await claimOne()).runs
  if (!run) throw new Error('no run')
  await database.db.$client`delete from runs where id <> ${run.id}`
  const error = new SessionNotActive({ state: 'needs_login', reason: null })
  const lose = (id: number | null) =>
    database.db.$client`update sessions set state = 'needs_login' where id = ${id}`
  await lose(run.sessionId)
  await database.db.$client`update sources set session_id = 9 where id = ${run.sourceId}`
  expect(await finishAttempt(database.db, run, { failure: { error }, stopping: false })).toBe(
    'WAITING',
  )
  const [again] = (await claimOne()).runs
  expect(again).toMatchObject({ id: run.id, sessionId: 9 })
  if (!again) throw new Error('no run')
  await lose(9)
  expect(await finishAttempt(database.db, again, { failure: { error }, stopping: false })).toBe(
    'FAILED',
  )
})

test('a single process claims runs until it has no room', async () => {
  await announceScraper(database.db, uuidv7(), deadAfterMs)
  expect(await claimAll(deadAfterMs)).toBe(CONCURRENCY)
})
