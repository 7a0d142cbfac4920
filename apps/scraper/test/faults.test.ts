import type { NewCallFault } from '@telegather/telegram-emulator/client'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  archiveOf,
  createWorld,
  endWaits,
  runIn,
  startWorker,
  truthOf,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
/** Id of a message on the first page, with a photo. */
const DELETED = 96
const OVER = ['COMPLETED', 'FAILED']
const CHUNK_BYTES = 512 * 1024
const LARGE_CHUNKS = 48
/** The most parts of one file that are requested or queued at a time. */
const WINDOW = 16
const IN_FILE = { match: { method: 'upload.getFile' } }

describe('a run with faults of its files', () => {
  let world: World
  let worker: ReturnType<typeof startWorker>
  let large: number
  beforeAll(async () => {
    world = await createWorld()
    worker = startWorker(world)
    const { control } = world.emulator
    ;({ id: large } = await control.addChannel({ title: 'Large' }))
    const size = LARGE_CHUNKS * CHUNK_BYTES - 1
    const media = { kind: 'document', name: 'large.bin', size } as const
    await control.post({ channel_id: large, text: '', media })
  })
  afterEach(() => world.emulator.control.removeFaults())
  afterAll(async () => {
    await worker.stop()
    await world.close()
  })

  const partRequests = () => world.emulator.control.callsOf('upload.getFile')

  /** Archives the large file. Returns the number of requests for parts beyond one for each part. */
  async function archivesLarge(): Promise<number> {
    const before = await partRequests()
    const { sourceId, runId } = await addSource(world, { identifier: `-100${large}` })
    expect(await runIn(world, runId, ['RETRYING', 'WAITING', ...OVER])).toMatchObject({
      state: 'COMPLETED',
      error: null,
      attempt: 1,
      files_stored: 1,
    })
    const truth = await world.emulator.control.messages(large)
    expect(await archiveOf(world, sourceId)).toEqual(truth)
    return (await partRequests()) - before - LARGE_CHUNKS
  }

  async function archivesAll(): Promise<void> {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({
      state: 'COMPLETED',
      files_failed: 0,
    })
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
  }

  test.each<[string, NewCallFault & { count: number }]>([
    ['a short flood wait', { kind: 'flood_wait', seconds: 1, count: 1 }],
    [
      'a file reference that has expired',
      { kind: 'rpc_error', error: 'FILE_REFERENCE_EXPIRED', count: 1 },
    ],
    ['an internal error of Telegram', { kind: 'rpc_error', error: 'RPC_CALL_FAIL', count: 2 }],
    [
      'a connection that is lost before the call arrives',
      { kind: 'disconnect', at: 'request', count: 2 },
    ],
    [
      'a connection that is lost before the answer arrives',
      { kind: 'disconnect', at: 'answer', count: 2 },
    ],
  ])('stores everything despite %s', async (_, fault) => {
    await world.emulator.control.placeFault({ ...fault, skip: 5, ...IN_FILE })
    await archivesAll()
    expect(await world.emulator.control.faults()).toMatchObject([{ fired: fault.count }])
  })

  test('resumes in the middle of a file that moves to another data centre and back', async () => {
    for (const [dc, other] of [
      [2, 4],
      [4, 2],
    ])
      await world.emulator.control.placeFault({
        kind: 'rpc_error',
        error: `FILE_MIGRATE_${other}`,
        match: { method: 'upload.getFile', dc },
        skip: 10,
        count: 1,
      })
    expect(await archivesLarge()).toBeLessThanOrEqual(2 * WINDOW)
    const faults = await world.emulator.control.faults()
    expect(faults).toContainEqual(expect.objectContaining({ fired: 1 }))
  })

  test('resumes in the middle of a file with new file references after a lost connection', async () => {
    await world.emulator.control.placeFault({
      kind: 'disconnect',
      at: 'answer',
      skip: 20,
      count: 1,
      ...IN_FILE,
    })
    const expired = { kind: 'rpc_error', error: 'FILE_REFERENCE_EXPIRED' } as const
    await world.emulator.control.placeFault({ ...expired, skip: 30, count: 2, ...IN_FILE })
    expect(await archivesLarge()).toBeLessThanOrEqual(2 * WINDOW)
    expect(await world.emulator.control.faults()).toMatchObject([{ fired: 1 }, { fired: 2 }])
  })

  test('aborts a stalled download and resumes it at the same part', async () => {
    await world.emulator.control.placeFault({
      kind: 'stall',
      delay_ms: 600_000,
      skip: 30,
      count: 1,
      ...IN_FILE,
    })
    expect(await archivesLarge()).toBeLessThanOrEqual(WINDOW)
    expect(await world.emulator.control.faults()).toMatchObject([{ fired: 1 }])
  })

  test('retries when a file is refused, and completes without the file after the last attempt', async () => {
    // A file of one part.
    const columns = { file_types: ['pdf'], max_file_size: 100_000 }
    await world.emulator.control.placeFault({
      kind: 'rpc_error',
      error: 'FILE_REFERENCE_EXPIRED',
      ...IN_FILE,
    })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, columns })
    expect(await runIn(world, runId, ['RETRYING', ...OVER])).toMatchObject({
      state: 'RETRYING',
      error: 'the file reference has expired',
      files_failed: 0,
    })
    const { $client: sql } = world.database.db
    // The counter of earlier attempts: the file is counted once all the same.
    await sql`
      update runs set attempt = 4, files_failed = 2, resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, OVER)).toMatchObject({ state: 'COMPLETED', files_failed: 1 })
    await world.emulator.control.removeFaults()
    const again = await addRun(world, sourceId)
    expect(await runIn(world, again, OVER)).toMatchObject({ state: 'COMPLETED', files_stored: 1 })
  })

  test('tries a file in five attempts, also when each attempt stores a new post', async () => {
    const { control } = world.emulator
    const { id: channel } = await control.addChannel({ title: 'Refused' })
    const media = { kind: 'document', name: 'a.bin', size: 1000 } as const
    await control.post({ channel_id: channel, text: '', media })
    await control.placeFault({ kind: 'rpc_error', error: 'Timeout', ...IN_FILE })
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    expect(await runIn(world, runId, ['RETRYING', ...OVER])).toMatchObject({ state: 'RETRYING' })
    const { $client: sql } = world.database.db
    // As after three more attempts.
    const files = await sql`
      update files set attempts = attempts + 3 where source_id = ${sourceId} returning attempts`
    expect([...files]).toEqual([{ attempts: 4 }])
    await control.post({ channel_id: channel, text: 'new' })
    await sql`update runs set resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, OVER)).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
      messages_stored: 2,
      files_failed: 1,
    })
  })

  test('waits for the end of a long flood wait, and records the time of it', async () => {
    await world.emulator.control.placeFault({
      kind: 'flood_wait',
      seconds: 400,
      count: 1,
      skip: 5,
      ...IN_FILE,
    })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const waiting = await runIn(world, runId, ['WAITING'])
    expect(new Date(waiting.resume_at ?? 0).getTime()).toBeGreaterThan(Date.now() + 300_000)
    expect(await endWaits(world, sourceId, runId)).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
      files_failed: 0,
    })
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
  })

  test('records the file of a message that is deleted during the run as gone', async () => {
    await world.emulator.control.placeFault({
      kind: 'rpc_error',
      error: 'FILE_REFERENCE_EXPIRED',
      ...IN_FILE,
    })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    await vi.waitFor(
      async () => {
        const [row] = await world.database.db.$client`
          select count(*)::int as files from files where source_id = ${sourceId}`
        expect(row?.['files']).toBeGreaterThan(0)
      },
      { interval: 5 },
    )
    await world.emulator.control.delete(CHANNEL, DELETED)
    await world.emulator.control.placeFault({ kind: 'expire_file_references' })
    await world.emulator.control.removeFaults()
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({ state: 'COMPLETED' })
    const lost = await world.database.db.$client`
      select message_id, state from files where source_id = ${sourceId} and state <> 'stored'`
    expect([...lost]).toEqual([{ message_id: DELETED, state: 'gone' }])
  })
})
