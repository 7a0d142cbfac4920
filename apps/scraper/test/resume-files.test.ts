import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '@telegather/service'
import type { NewFault } from '@telegather/telegram-emulator/client'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { sweepTargets } from '../src/workers/sweep-targets.ts'
import {
  addRun,
  addSource,
  archiveOf,
  createWorld,
  endWaits,
  runIn,
  startWorker,
  type World,
} from './scraper.ts'

const CHUNK_BYTES = 512 * 1024
const CHUNKS = 48
/** The most parts of one file that are requested or queued at a time. */
const WINDOW = 16
const IN_FILE = { match: { method: 'upload.getFile' } }
const WAIT: NewFault = { kind: 'flood_wait', seconds: 400, skip: 30, count: 1, ...IN_FILE }

describe('a large file', () => {
  let world: World
  let channel: number
  beforeAll(async () => {
    world = await createWorld()
    const { control } = world.emulator
    ;({ id: channel } = await control.addChannel({ title: 'Large' }))
    const media = { kind: 'document', name: 'large.bin', size: CHUNKS * CHUNK_BYTES - 1 } as const
    await control.post({ channel_id: channel, text: '', media })
  })
  afterEach(() => world.emulator.control.removeFaults())
  afterAll(() => world.close())

  const partRequests = () => world.emulator.control.callsOf('upload.getFile')

  const incoming = async () =>
    (
      await readdir(join(world.targetsConfig.localPath, '.incoming')).catch((): string[] => [])
    ).toSorted()

  /** A run that waits in the middle of the file, without a worker. */
  async function interrupted(target: 'LOCAL' | 'S3') {
    await world.emulator.control.placeFault(WAIT)
    const worker = startWorker(world)
    const source = await addSource(world, { identifier: `-100${channel}`, target })
    expect(await runIn(world, source.runId, ['WAITING', 'COMPLETED', 'FAILED'])).toMatchObject({
      state: 'WAITING',
    })
    await worker.stop()
    return source
  }

  test.each(['LOCAL', 'S3'] as const)(
    'is resumed by another worker after a long wait, on %s',
    async (target) => {
      const before = await partRequests()
      const { sourceId, runId } = await interrupted(target)
      const worker = startWorker(world)
      expect(await endWaits(world, sourceId, runId)).toMatchObject({
        state: 'COMPLETED',
        attempt: 1,
        files_stored: 1,
      })
      await worker.stop()
      // Parts that were in flight when the wait began are requested again, earlier parts are not.
      expect((await partRequests()) - before).toBeLessThanOrEqual(CHUNKS + 2 * WINDOW)
      const truth = await world.emulator.control.messages(channel)
      await vi.waitFor(async () => expect(await archiveOf(world, sourceId)).toEqual(truth))
      expect(await incoming()).toEqual([])
      expect(await world.s3.uploads()).toEqual([])
    },
  )

  test('keeps its part when targets are swept, unless its source is deleted', async () => {
    const { sourceId } = await interrupted('LOCAL')
    const log = createLog({ name: 'test', level: 'silent' })
    const { database, targets } = world
    const swept = async (expected: number) => {
      const stop = new AbortController()
      const sweep = sweepTargets({ db: database.db, targets, log }, stop.signal)
      await vi.waitFor(async () => expect(await incoming()).toHaveLength(expected))
      stop.abort()
      await sweep
    }
    const part = await incoming()
    expect(part).toHaveLength(2)
    await expect(targets.LOCAL?.write({ path: 'x', owner: '1000000' }, died())).rejects.toThrow()
    await swept(2)
    expect(await incoming()).toEqual(part)
    await database.db.$client`update sources set deleted_at = now() where id = ${sourceId}`
    await swept(0)
    await database.db.$client`delete from runs where source_id = ${sourceId}`
    await database.db.$client`update sessions set flood_waits = '{}', flood_wait_until = null`
  })

  test('is not resumed when its message has another file', async () => {
    const { sourceId, runId } = await interrupted('LOCAL')
    const { $client: sql } = world.database.db
    await sql`
      update files set location = jsonb_set(location, '{id}', '"1"') where source_id = ${sourceId}`
    await sql`update files set created_at = now() - interval '1 day' where source_id = ${sourceId}`
    const worker = startWorker(world)
    expect(await endWaits(world, sourceId, runId)).toMatchObject({ state: 'COMPLETED' })
    expect(await incoming()).toEqual([])
    const [file] = await sql`select state, error from files where source_id = ${sourceId}`
    expect(file).toEqual({ state: 'gone', error: 'The message now has another file' })
    expect(await runIn(world, await addRun(world, sourceId), ['COMPLETED'])).toMatchObject({
      files_failed: 0,
    })
    await worker.stop()
  })
})

async function* died(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1024)
  throw new Error('died')
}
