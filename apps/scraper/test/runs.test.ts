import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Message } from '@telegather/telegram'
import { storePage } from '../src/messages/store-page.ts'
import { claimNext } from '../src/runs/claim-next.ts'
import { RunLost } from '../src/runs/errors.ts'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  archiveOf,
  claimedRun,
  createWorld,
  runIn,
  startWorker,
  truthOf,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
const DONE = ['COMPLETED', 'FAILED']

const MESSAGE: Message = {
  id: 1,
  kind: 'text',
  date: '2024-01-01T00:00:00.000Z',
  editDate: null,
  text: 'late',
  content: null,
  entities: [],
  authorId: null,
  authorName: null,
  postAuthor: null,
  viaBot: null,
  views: null,
  forwards: null,
  replies: null,
  reactions: [],
  replyToId: null,
  forward: null,
  groupedId: null,
  media: null,
  raw: {},
}

const noSession = { sessionId: 1, fence: async () => {} }

describe('a run', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const post = (text: string) =>
    world.emulator.control.post({ channel_id: EXPORTED_CHANNEL.id, text })

  test('stores the whole channel; the next run stores only new posts', async () => {
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const first = await runIn(world, runId, DONE)
    const truth = await truthOf(world)
    expect(first).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
      error: null,
      messages_stored: truth.length,
      files_stored: truth.filter((message) => message.media).length,
      files_failed: 0,
    })
    expect(await archiveOf(world, sourceId)).toEqual(truth)
    const paths = await world.database.db.$client`
      select message_id, date, path from files join messages using (source_id, message_id)
      where source_id = ${sourceId}`
    for (const { message_id, date, path } of paths) {
      const month = new Date(date).toISOString().slice(0, 7).replace('-', '/')
      expect(path.split('/').slice(0, -1).join('/')).toBe(`${sourceId}_Source/${month}`)
      expect(path.split('/').at(-1)).toMatch(new RegExp(`^${message_id}_[^/]+$`))
    }

    await post('news')
    const second = await runIn(world, await addRun(world, sourceId), DONE)
    expect(second).toMatchObject({ state: 'COMPLETED', messages_stored: 1, files_stored: 0 })
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))

    const events = await world.database.db.$client`
      select payload->>'state' as state from outbox where subject = 'run.finished'`
    expect([...events]).toEqual([{ state: 'COMPLETED' }, { state: 'COMPLETED' }])
    await worker.stop()
  })

  test('stopped repeatedly ends with the same archive', async () => {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const progress = async () => {
      const [row] = await world.database.db.$client`
        select messages_stored + files_stored as steps, state from runs where id = ${runId}`
      return { steps: Number(row?.['steps']), state: String(row?.['state']) }
    }
    for (let seen = await progress(); seen.state !== 'COMPLETED'; seen = await progress()) {
      const worker = startWorker(world)
      await vi.waitFor(
        async () => {
          const now = await progress()
          expect(now.state === 'COMPLETED' || now.steps > seen.steps + 10).toBe(true)
        },
        { interval: 5 },
      )
      await worker.stop()
    }
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
    const left = await readdir(join(world.targetsConfig.localPath, '.incoming'))
    expect(left).toEqual([])
  })

  test('whose worker died is taken over, and later writes of that worker are refused', async () => {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const { $client } = world.database.db
    await $client`
      update runs set state = 'RUNNING', attempt = 1, worker_id = gen_random_uuid(),
        heartbeat_at = now() - interval '1 hour'
      where id = ${runId}`
    const dead = await claimedRun(world, runId)
    const worker = startWorker(world)
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'COMPLETED' })
    const late: Message = { ...MESSAGE, id: 1_000_000 }
    await expect(storePage(world.database.db, dead, [late], noSession)).rejects.toThrow(RunLost)
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
    await worker.stop()
  })

  test('replaces NUL characters, which Postgres cannot store', async () => {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const claims = await claimNext(world.database.db, {
      room: 1,
      patienceMs: 0,
      deadAfterMs: 60_000,
    })
    const [claimed] = claims.runs
    if (claimed?.id !== runId) throw new Error('claimed another run')
    const entities = [{ type: 'bold', offset: 0, length: 3 }]
    const sent: unknown[] = []
    await storePage(
      world.database.db,
      claimed,
      [{ ...MESSAGE, text: 'a\0b', entities, raw: { message: 'a\0b', nested: ['\0'] } }],
      {
        sessionId: world.sessionId,
        fence: async (tx) =>
          void sent.push(...(await tx.execute(sql`select text from staged_messages`))),
      },
    )
    // The rows are staged before the lease's row is locked, so that a frozen process does not keep the lock.
    expect(sent).toEqual([{ text: 'a\uFFFDb' }])
    const [row] = await world.database.db.$client`
      select text, entities, raw from messages where source_id = ${sourceId}`
    expect(row).toEqual({
      text: 'a\uFFFDb',
      entities,
      raw: { message: 'a\uFFFDb', nested: ['\uFFFD'] },
    })
    await world.database.db.$client`delete from sources where id = ${sourceId}`
  })

  test('stores nothing after its source is deleted', async () => {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const worker = startWorker(world)
    await runIn(world, runId, ['RUNNING'])
    await world.database.db.$client`delete from sources where id = ${sourceId}`
    const next = await addSource(world, { identifier: CHANNEL })
    await runIn(world, next.runId, DONE)
    await worker.stop()
    expect(await archiveOf(world, sourceId)).toEqual([])
  })

  test('and the deletion of its source never deadlock', async () => {
    const worker = startWorker(world)
    for (let round = 0; round < 8; round++) {
      const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
      await vi.waitFor(
        async () => {
          const [run] = await world.database.db.$client`
          select files_stored from runs where id = ${runId}`
          expect(run?.['files_stored']).toBeGreaterThan(round)
        },
        { interval: 20 },
      )
      await world.database.db.$client`delete from sources where id = ${sourceId}`
    }
    await worker.stop()
  })

  test.each([
    ['@no_such_channel_here', 'Telegram knows no such channel, or the account cannot see it'],
    ['1', 'Telegram knows no such channel, or the account cannot see it'],
    ['not a channel', 'Telegram knows no such channel, or the account cannot see it'],
  ])('of the identifier %s fails with a sentence for users', async (identifier, error) => {
    const worker = startWorker(world)
    const { runId } = await addSource(world, { identifier })
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'FAILED', attempt: 1, error })
    await worker.stop()
  })

  test('of a public source without a session uses a session of the operator', async () => {
    const worker = startWorker(world)
    const { runId } = await addSource(world, {
      identifier: `-100${CHANNEL}`,
      sessionId: null,
    })
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()
  })

  test('of a private source without a session fails in its first attempt', async () => {
    const worker = startWorker(world)
    const orphan = await addSource(world, { identifier: CHANNEL, sessionId: null })
    await world.database.db.$client`
      update sources set access_level = 'private' where id = ${orphan.sourceId}`
    const again = await addRun(world, orphan.sourceId).catch(() => orphan.runId)
    for (const runId of [orphan.runId, again])
      expect(await runIn(world, runId, DONE)).toMatchObject({
        state: 'FAILED',
        attempt: 1,
        error: 'Session required for private channels',
      })
    await worker.stop()
  })

  test('waits for the end of a flood wait, and no other run calls Telegram meanwhile', async () => {
    const { control } = world.emulator
    const match = { method: 'messages.getHistory' }
    await control.placeFault({ kind: 'flood_wait', seconds: 500, match })
    const worker = startWorker(world)
    const waiting = {
      error: expect.stringMatching(/^Telegram asks to wait \d+ seconds$/),
      resume_at: expect.anything(),
    }
    const first = await addSource(world, { identifier: CHANNEL })
    expect(await runIn(world, first.runId, ['WAITING'])).toMatchObject(waiting)
    const { $client } = world.database.db
    const [session] = await $client`
      select state, flood_wait_until > now() + interval '400 seconds' as waits from sessions`
    expect(session).toEqual({ state: 'active', waits: true })

    const second = await addSource(world, { identifier: CHANNEL })
    expect(await runIn(world, second.runId, ['WAITING'])).toMatchObject(waiting)
    await worker.stop()
    expect(await control.faults()).toMatchObject([{ fired: 1, ignored_waits: 0 }])
    await control.removeFaults()
    await $client`update sessions set flood_waits = '{}', flood_wait_until = null`
    await $client`delete from runs where state = 'WAITING'`
  })

  test('of an account that was logged out elsewhere fails in its first attempt and marks the session', async () => {
    await world.emulator.control.placeFault({ kind: 'forget_key' })
    const worker = startWorker(world)
    const { runId } = await addSource(world, { identifier: CHANNEL })
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'FAILED', attempt: 1 })
    const [session] = await world.database.db.$client`select state from sessions`
    expect(session).toEqual({ state: 'needs_login' })

    const stats = () => world.emulator.control.stats()
    const before = await stats()
    for (let round = 0; round < 10; round++) {
      const again = await addSource(world, { identifier: CHANNEL })
      expect(await runIn(world, again.runId, DONE)).toMatchObject({
        state: 'FAILED',
        attempt: 1,
        error: 'Telegram no longer knows this login; the account must log in again',
      })
    }
    expect(await stats()).toEqual(before)

    const orphan = await addSource(world, { identifier: CHANNEL, sessionId: null })
    expect(await runIn(world, orphan.runId, DONE)).toMatchObject({
      state: 'FAILED',
      error: expect.stringMatching(/^No session can read this channel: log an account in first/),
    })
    await worker.stop()
  })
})
