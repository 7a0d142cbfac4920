import { readdir } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join, relative } from 'node:path'
import { logRun } from '@telegather/db'
import { subscribeToSignals, sendSignal } from '@telegather/events'
import type { RunProgress } from '@telegather/contracts'
import { createLog } from '@telegather/service'
import { createTargets } from '@telegather/storage'
import { uuidv7 } from 'uuidv7'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { announceScraper, withdrawScraper } from '../src/runs/queries/claims.ts'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import { addRun, addSource, createWorld, runIn, startWorker, type World } from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
/** Longer than any test's timeout. */
const NEVER_MS = 600_000

/** Paths of the files in the source's folder. */
async function filesOf({ targetsConfig }: World, sourceId: number): Promise<string[]> {
  const root = targetsConfig.localPath ?? ''
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .filter((path) => path.startsWith(`${sourceId}_`))
    .toSorted()
}

describe('a run', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterEach(async () => {
    await world.emulator.control.removeFaults()
    await sql()`delete from runs`
  })
  afterAll(() => world.close())

  const sql = () => world.database.db.$client
  const messagesOf = async (runId: string) =>
    (await sql()`select message from run_logs where run_id = ${runId} order by id`).map((line) =>
      String(line['message']),
    )

  /** Adds a run whose downloads stall. */
  async function stuckRun(): Promise<string> {
    await world.emulator.control.placeFault({
      kind: 'stall',
      delay_ms: NEVER_MS,
      match: { method: 'upload.getFile' },
    })
    const { runId } = await addSource(world, { identifier: CHANNEL })
    return runId
  }

  async function untilInFile(runId: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const [run] = await sql()`select messages_stored from runs where id = ${runId}`
        expect(run?.['messages_stored']).toBeGreaterThanOrEqual(100)
        const parts = await readdir(join(world.targetsConfig.localPath, '.incoming'))
        expect(parts.filter((name) => name.endsWith('.part')).length).toBeGreaterThan(0)
      },
      { interval: 10 },
    )
  }

  const cancel = async (runId: string) =>
    sql()`update runs set state = 'CANCELLING' where id = ${runId} and state = 'RUNNING'`

  test('stops in the middle of a file on the signal `run.cancelling`', async () => {
    const runId = await stuckRun()
    const worker = startWorker(world, { heartbeatMs: NEVER_MS, pollMs: NEVER_MS })
    await untilInFile(runId)
    await cancel(runId)
    await sendSignal(world.signals, 'run.cancelling', { runId })
    expect(await runIn(world, runId, ['CANCELLED'])).toMatchObject({ error: null })
    await worker.stop()
    // A partial large file may stay for the next run. No file has its final name.
    const left = await readdir(world.targetsConfig.localPath, { recursive: true })
    const isOfTransfer = (path: string) => path.startsWith('.incoming')
    expect(left.filter((path) => !isOfTransfer(path))).toEqual([])
    expect(await messagesOf(runId)).toEqual([
      'Started',
      expect.stringMatching(/^Cancelled: \d+ new messages/),
    ])
  })

  test('is cancelled while its target does not answer', async () => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const s3 = { ...world.s3.options, endpoint: `http://127.0.0.1:${port}` }
    const targets = createTargets({ ...world.targetsConfig, s3 })
    const { runId } = await addSource(world, { identifier: CHANNEL, target: 'S3' })
    const worker = startWorker(world, { targets, heartbeatMs: NEVER_MS, pollMs: NEVER_MS })
    await vi.waitFor(() => expect(sockets.size).toBeGreaterThan(0))
    await cancel(runId)
    await sendSignal(world.signals, 'run.cancelling', { runId })
    await runIn(world, runId, ['CANCELLED'])
    silent.close()
    for (const socket of sockets) socket.destroy()
    await worker.stop()
  })

  test('is released at shutdown while its target does not answer', async () => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const s3 = { ...world.s3.options, endpoint: `http://127.0.0.1:${port}` }
    const targets = createTargets({ ...world.targetsConfig, s3 })
    const { runId } = await addSource(world, { identifier: CHANNEL, target: 'S3' })
    const worker = startWorker(world, { targets, heartbeatMs: NEVER_MS, pollMs: NEVER_MS })
    await vi.waitFor(() => expect(sockets.size).toBeGreaterThan(0))
    await worker.release()
    await runIn(world, runId, ['PENDING'])
    silent.close()
    for (const socket of sockets) socket.destroy()
    await worker.stop()
  })

  test('stops at the next heartbeat when the signal `run.cancelling` is lost', async () => {
    const runId = await stuckRun()
    const worker = startWorker(world, { heartbeatMs: 100 })
    await untilInFile(runId)
    await cancel(runId)
    await runIn(world, runId, ['CANCELLED'])
    const [event] = await sql()`select payload from outbox where payload->>'runId' = ${runId}`
    expect(event).toMatchObject({ payload: { state: 'CANCELLED' } })
    await worker.stop()
  })

  test('in CANCELLING whose worker died is cancelled by another worker', async () => {
    const { runId } = await addSource(world, { identifier: CHANNEL })
    await sql()`
      update runs set state = 'CANCELLING', worker_id = gen_random_uuid(),
        heartbeat_at = now() - interval '1 hour' where id = ${runId}`
    const worker = startWorker(world)
    await runIn(world, runId, ['CANCELLED'])
    await worker.stop()
  })

  test('whose process died in the last attempt ends as CRASHED', async () => {
    const { runId } = await addSource(world, { identifier: CHANNEL })
    await sql()`
      update runs set state = 'RUNNING', attempt = 5, worker_id = gen_random_uuid(),
        heartbeat_at = now() - interval '1 hour' where id = ${runId}`
    const worker = startWorker(world)
    const { error } = await runIn(world, runId, ['CRASHED'])
    expect(error).toBe('The process that executed the run died repeatedly without progress')
    expect(await messagesOf(runId)).toEqual([error])
    const [event] = await sql()`select payload from outbox where payload->>'runId' = ${runId}`
    expect(event).toMatchObject({ payload: { state: 'CRASHED' } })
    await worker.stop()
  })

  test('left to other scrapers sends the signal `run.due` once, however often the worker polls', async () => {
    const stuck = await stuckRun()
    const worker = startWorker(world, { pollMs: NEVER_MS })
    await untilInFile(stuck)
    let signals = 0
    const ended = new AbortController()
    const log = createLog({ name: 'test', level: 'silent' })
    await subscribeToSignals(
      { ...world.signals, log, signal: ended.signal },
      'run.due',
      () => signals++,
    )
    const other = uuidv7()
    await announceScraper(world.database.db, other, 60_000)
    await addSource(world, { identifier: CHANNEL, sessionId: null })
    await sql()`update sessions set use_for_public = false`
    const wakes = 20
    for (let wake = 1; wake <= wakes; wake++) await sendSignal(world.signals, 'run.due', {})
    await vi.waitFor(() => expect(signals).toBeGreaterThan(wakes))
    await withdrawScraper(world.database.db, other)
    await sendSignal(world.signals, 'run.due', {})
    await vi.waitFor(async () =>
      expect((await sql()`select from runs where state = 'PENDING'`).length).toBe(0),
    )
    expect(signals).toBe(wakes + 2)
    await sql()`update sessions set use_for_public = true`
    ended.abort()
    await world.emulator.control.removeFaults()
    await cancel(stuck)
    await sendSignal(world.signals, 'run.cancelling', { runId: stuck })
    await worker.stop()
  })

  test('stops when its source is deleted, and leaves no unrecorded file', async () => {
    await world.emulator.control.placeFault({ kind: 'latency', delay_ms: 20 })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const worker = startWorker(world, { heartbeatMs: NEVER_MS })
    const placed = async () => filesOf(world, sourceId)
    const recorded = async () =>
      (
        await sql()`select path from files where source_id = ${sourceId} and state = 'stored' order by path`
      ).map(({ path }) => String(path))
    await vi.waitFor(async () => expect(await recorded()).not.toEqual([]), {
      timeout: 25_000,
      interval: 5,
    })
    await sql().begin(async (tx) => {
      await tx`update sources set deleted_at = now() where id = ${sourceId}`
      await tx`update runs set state = 'CANCELLING' where id = ${runId}`
      await vi.waitFor(
        async () => expect((await placed()).length).toBeGreaterThan((await recorded()).length),
        { interval: 5 },
      )
    })
    await runIn(world, runId, ['CANCELLED'])
    await worker.stop()
    expect(await placed()).toEqual(await recorded())
    await sql()`delete from sources where id = ${sourceId}`
  })

  test('sends its progress, with the bytes of its files', async () => {
    // The first 11 parts arrive, the rest stall.
    await world.emulator.control.placeFault({
      kind: 'stall',
      delay_ms: NEVER_MS,
      skip: 11,
      match: { method: 'upload.getFile' },
    })
    const received: RunProgress[] = []
    const ended = new AbortController()
    const log = createLog({ name: 'test', level: 'silent' })
    await subscribeToSignals(
      { ...world.signals, log, signal: ended.signal },
      'run.progressed',
      ({ progress }) => received.push(progress),
    )
    const { runId } = await addSource(world, { identifier: CHANNEL })
    const worker = startWorker(world)
    await vi.waitFor(() => {
      const last = received.at(-1)
      expect(last).toMatchObject({ messages_left: 0, estimated_end: expect.any(String) })
      expect(last?.messages_per_second).toBeGreaterThan(0)
      expect(last?.bytes_per_second).toBeGreaterThan(0)
      expect(last?.files.length).toBeGreaterThan(0)
      for (const file of last?.files ?? []) expect(file.bytes_done).toBeLessThan(file.size)
    })
    await cancel(runId)
    await runIn(world, runId, ['CANCELLED'])
    ended.abort()
    await worker.stop()
  })

  test('waits while its session serves another run, and uses up no attempt', async () => {
    const stuck = await stuckRun()
    const worker = startWorker(world)
    await untilInFile(stuck)
    const { runId: waiting } = await addSource(world, { identifier: CHANNEL })
    const other = await addSource(world, { identifier: CHANNEL, sessionId: null })
    await sql()`update sources set access_level = 'private' where id = ${other.sourceId}`
    // A run that needs no session is not delayed.
    await runIn(world, other.runId, ['FAILED'])
    expect(await runIn(world, waiting, ['PENDING'])).toMatchObject({ attempt: 0 })

    await world.emulator.control.removeFaults()
    await cancel(stuck)
    expect(await runIn(world, waiting, ['COMPLETED'])).toMatchObject({ attempt: 1 })
    await worker.stop()
  })

  test('keeps the newest thousand lines of its log', async () => {
    const { runId } = await addSource(world, { identifier: CHANNEL })
    await sql()`
      insert into run_logs (run_id, level, message)
      select ${runId}, 'info', 'Line ' || n from generate_series(1, 998) n`
    for (let line = 999; line <= 1003; line++)
      await world.database.db.transaction(async (tx) =>
        logRun(tx, runId, { level: 'info', message: `Line ${line}` }),
      )
    const kept = await messagesOf(runId)
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([1000, 'Line 4', 'Line 1003'])
  })

  test('logs its start and its end', async () => {
    const { runId, sourceId } = await addSource(world, { identifier: CHANNEL })
    const worker = startWorker(world)
    await runIn(world, runId, ['COMPLETED'])
    expect(await messagesOf(runId)).toEqual([
      'Started',
      expect.stringMatching(/^Completed: 240 new messages, \d+ files \(\d+ bytes\)$/),
    ])
    await world.emulator.control.placeFault({
      kind: 'flood_wait',
      seconds: 500,
      match: { method: 'messages.getHistory' },
    })
    const next = await addRun(world, sourceId)
    await runIn(world, next, ['WAITING'])
    expect(await messagesOf(next)).toEqual([
      'Started',
      expect.stringMatching(/^Telegram asks to wait \d+ seconds$/),
    ])
    await worker.stop()
    await sql()`update sessions set flood_waits = '{}', flood_wait_until = null`
  })
})
