import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  archiveOf,
  createWorld,
  placeFault,
  removeFaults,
  runIn,
  startWorker,
  truthOf,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
/** On the first page, with a photo. */
const DELETED = 96
const OVER = ['COMPLETED', 'FAILED']
const IN_FILE = { match: { method: 'upload.getFile' } }

describe('a run in whose files something goes wrong', () => {
  let world: World
  let worker: ReturnType<typeof startWorker>
  beforeAll(async () => {
    world = await createWorld()
    worker = startWorker(world)
  })
  afterEach(() => removeFaults(world))
  afterAll(async () => {
    await worker.stop()
    await world.close()
  })

  async function archivesAll(): Promise<void> {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({
      state: 'COMPLETED',
      files_failed: 0,
    })
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
  }

  test.each([
    ['a short flood wait', { kind: 'flood_wait', seconds: 1, count: 1 }],
    [
      'a file reference that has expired',
      { kind: 'rpc_error', error: 'FILE_REFERENCE_EXPIRED', count: 3 },
    ],
    [
      'a connection that is lost before the call arrives',
      { kind: 'disconnect', at: 'request', count: 2 },
    ],
    [
      'a connection that is lost before the answer arrives',
      { kind: 'disconnect', at: 'answer', count: 2 },
    ],
  ])('is none the worse for %s', async (_, fault) => {
    await placeFault(world, { ...fault, skip: 5, ...IN_FILE })
    await archivesAll()
    const response = await fetch(`${world.emulator.controlUrl}/faults`)
    expect(await response.json()).toMatchObject([{ fired: fault.count }])
  })

  test('tries again later where Telegram is in trouble, and in the end goes on without the file', async () => {
    // One file of one part.
    const columns = { file_types: ['pdf'], max_file_size: 100_000 }
    await placeFault(world, { kind: 'rpc_error', error: 'RPC_CALL_FAIL', ...IN_FILE })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, columns })
    expect(await runIn(world, runId, ['RETRYING', ...OVER])).toMatchObject({
      state: 'RETRYING',
      error: 'Telegram refused the request: 500 RPC_CALL_FAIL',
      files_failed: 0,
    })
    const { $client: sql } = world.database.db
    await sql`update runs set attempt = 4, resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, OVER)).toMatchObject({ state: 'COMPLETED', files_failed: 1 })
    await removeFaults(world)
    const again = await addRun(world, sourceId)
    expect(await runIn(world, again, OVER)).toMatchObject({ state: 'COMPLETED', files_stored: 1 })
  })

  test('waits out a long flood wait, and says until when', async () => {
    await placeFault(world, { kind: 'flood_wait', seconds: 400, count: 1, skip: 5, ...IN_FILE })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const waiting = await runIn(world, runId, ['WAITING'])
    expect(new Date(waiting.resume_at ?? 0).getTime()).toBeGreaterThan(Date.now() + 300_000)
    await removeFaults(world)
    const { $client: sql } = world.database.db
    await sql`update sessions set flood_waits = '{}', flood_wait_until = null`
    await sql`update runs set resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, ['COMPLETED'])).toMatchObject({ attempt: 1, files_failed: 0 })
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
  })

  test('whose message is deleted in mid-run goes on; its file is gone', async () => {
    await placeFault(world, {
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
      { timeout: 25_000, interval: 5 },
    )
    await fetch(`${world.emulator.controlUrl}/messages/${CHANNEL}/${DELETED}`, {
      method: 'DELETE',
    })
    await placeFault(world, { kind: 'expire_file_references' })
    await removeFaults(world)
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({ state: 'COMPLETED' })
    const lost = await world.database.db.$client`
      select message_id, state from files where source_id = ${sourceId} and state <> 'stored'`
    expect([...lost]).toEqual([{ message_id: DELETED, state: 'gone' }])
  })
})
