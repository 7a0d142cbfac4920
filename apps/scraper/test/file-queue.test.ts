import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createTargets } from '@telegather/storage'
import type { NewPost } from '@telegather/telegram-emulator/client'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
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

const ENDED = ['COMPLETED', 'FAILED', 'WAITING', 'RETRYING']
const TEXTS = 158
const MIB = 2 ** 20

describe('the file queue', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterEach(() => world.emulator.control.removeFaults())
  afterAll(() => world.close())

  /** Creates a channel: a post with a file of `size` bytes, 158 texts, and a post with a small file. Returns its id. */
  async function channelWith(size: number): Promise<number> {
    const { control } = world.emulator
    const { id } = await control.addChannel({ title: 'Queue' })
    const post = (message: Omit<NewPost, 'channel_id'>) =>
      control.post({ channel_id: id, ...message })
    await post({ text: 'first', media: { kind: 'document', name: 'large.bin', size } })
    await post({ text: 'text {n}', count: TEXTS })
    await post({ text: 'last', media: { kind: 'document', name: 'small.bin', size: 10_000 } })
    return id
  }

  const filesOf = (sourceId: number) =>
    world.database.db.$client<{ name: string; state: string; waits_for: string | null }[]>`
      select name, state, waits_for from files where source_id = ${sourceId} order by message_id`
  const linesOf = async (runId: string) =>
    (
      await world.database.db
        .$client`select message from run_logs where run_id = ${runId} order by id`
    ).map(({ message }) => message as string)
  const shownBy = async (runId: string) => {
    const [row] = await world.database.db.$client`
      select files_waiting, waiting_files from runs where id = ${runId}`
    return row
  }
  test('a file for which its target has no room delays neither posts nor other files', async () => {
    // Other processes use the same disk, so the limit leaves room for about half of the file.
    const { bavail, bsize } = await statfs(tmpdir())
    const size = Math.min(bavail * bsize, 1900 * MIB)
    const minFreeBytes = Math.floor(bavail * bsize - size / 2)
    const targets = createTargets({ ...world.targetsConfig, minFreeBytes })
    const channel = await channelWith(size)
    const worker = startWorker(world, { targets })
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    const run = await runIn(world, runId, ENDED)
    await worker.stop()
    expect(run).toMatchObject({ state: 'WAITING', attempt: 1, messages_stored: TEXTS + 2 })
    expect(run.error).toMatch(/^Target LOCAL has \d+ MiB left for a file of \d+ MiB/)
    expect(run.resume_at).not.toBeNull()
    expect(await filesOf(sourceId)).toEqual([
      { name: 'large.bin', state: 'pending', waits_for: 'target' },
      { name: 'small.bin', state: 'stored', waits_for: null },
    ])
    expect(await shownBy(runId)).toMatchObject({
      files_waiting: 1,
      waiting_files: [
        {
          message_id: 1,
          name: 'large.bin',
          size,
          waits_for: 'target',
          reason: run.error,
          since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as string,
          until: expect.any(String) as string,
        },
      ],
    })
    expect(await linesOf(runId)).toContain(`The file of message 1 waits: ${run.error}`)
  })

  test('a file with a flood wait delays no posts, and is stored afterwards', async () => {
    const channel = await channelWith(20 * MIB)
    await world.emulator.control.placeFault({
      kind: 'flood_wait',
      seconds: 400,
      count: 1,
      skip: 10,
      match: { method: 'upload.getFile' },
    })
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    const run = await runIn(world, runId, ENDED)
    expect(run).toMatchObject({
      state: 'WAITING',
      messages_stored: TEXTS + 2,
      error: 'Telegram asks to wait 400 seconds',
    })
    // The wait is the account's, so the small file may wait too.
    expect((await shownBy(runId))?.['waiting_files'][0]).toMatchObject({
      message_id: 1,
      waits_for: 'telegram',
      reason: run.error,
    })
    expect(await endWaits(world, sourceId, runId)).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
      files_stored: 2,
    })
    await worker.stop()
    expect(await shownBy(runId)).toMatchObject({ files_waiting: 0, waiting_files: [] })
    expect(await archiveOf(world, sourceId)).toEqual(await world.emulator.control.messages(channel))
  })

  test('a flood wait of the history delays no files of stored posts', async () => {
    const channel = await channelWith(MIB)
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    await runIn(world, runId, ['COMPLETED'])
    const { $client: sql } = world.database.db
    await sql`update files set state = 'pending' where source_id = ${sourceId}`
    await world.emulator.control.placeFault({
      kind: 'flood_wait',
      seconds: 400,
      count: 1,
      match: { method: 'messages.getHistory' },
    })
    const next = await addRun(world, sourceId)
    const waiting = await runIn(world, next, ENDED)
    expect(waiting).toMatchObject({ state: 'WAITING', files_stored: 2 })
    expect(waiting.error).toMatch(/^Telegram asks to wait (400|399) seconds$/)
    await endWaits(world, sourceId, next)
    await worker.stop()
  })

  test('a file for which Telegram has internal errors delays no posts', async () => {
    const channel = await channelWith(20 * MIB)
    const worker = startWorker(world)
    await world.emulator.control.placeFault({
      kind: 'rpc_error',
      error: 'RPC_CALL_FAIL',
      skip: 3,
      match: { method: 'upload.getFile' },
    })
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    expect(await runIn(world, runId, ENDED)).toMatchObject({
      state: 'RETRYING',
      messages_stored: TEXTS + 2,
      files_failed: 0,
    })
    expect(await endWaits(world, sourceId, runId)).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()
  })

  test('files of an unreachable data centre wait, and delay no files of another', async () => {
    const { control } = world.emulator
    const { id: channel } = await control.addChannel({ title: 'Two data centres' })
    const media = { kind: 'document', name: 'a.bin', size: 1000 } as const
    await control.post({ channel_id: channel, text: '', media, count: 40 })
    await control.placeFault({
      kind: 'disconnect',
      match: { method: 'upload.getFile', dc: 4 },
    })
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    const sentence = 'Telegram’s data centre 4, which has the file, does not answer'
    expect(await runIn(world, runId, ENDED)).toMatchObject({ state: 'WAITING', error: sentence })
    const { $client: sql } = world.database.db
    const outcomes = await sql`
      select distinct location->>'dcId' as dc, state, waits_for, error from files
      where source_id = ${sourceId} order by dc`
    expect([...outcomes]).toEqual([
      { dc: '2', state: 'stored', waits_for: null, error: null },
      { dc: '4', state: 'pending', waits_for: 'telegram', error: sentence },
    ])
    // Each wait is twice as long as the one before.
    await sql`
      update files set waiting_since = now() - interval '60 s', resume_at = now()
      where source_id = ${sourceId} and state = 'pending'`
    await sql`update runs set resume_at = now() where id = ${runId} and state = 'WAITING'`
    await vi.waitFor(async () => {
      const [{ waits, longer } = {}] = await sql`
        select count(*)::int as waits,
          count(*) filter (where resume_at > waiting_since + interval '119 s')::int as longer
        from files where source_id = ${sourceId} and state = 'pending'`
      expect(longer).toBe(waits)
    })
    expect(await endWaits(world, sourceId, runId)).toMatchObject({
      state: 'COMPLETED',
      files_stored: 40,
      files_failed: 0,
    })
    await worker.stop()
  })

  test('outdated file locations are requested before the download, 100 in one call', async () => {
    const { control } = world.emulator
    const { id: channel } = await control.addChannel({ title: 'Old references' })
    const media = { kind: 'document', name: 'a.bin', size: 1000 } as const
    await control.post({ channel_id: channel, text: '', media, count: 120 })
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: `-100${channel}` })
    await runIn(world, runId, ['COMPLETED'])
    const { $client: sql } = world.database.db
    await sql`
      update files set state = 'pending', created_at = now() - interval '1 day' where source_id = ${sourceId}`
    await sql`update sources set rescan_days = 0 where id = ${sourceId}`
    await world.emulator.control.placeFault({ kind: 'expire_file_references' })
    const { callsOf } = control
    const before = await callsOf('channels.getMessages')
    const parts = await callsOf('upload.getFile')
    const run = await runIn(world, await addRun(world, sourceId), ENDED)
    await worker.stop()
    expect(run).toMatchObject({ state: 'COMPLETED', files_stored: 120 })
    expect((await callsOf('channels.getMessages')) - before).toBe(2)
    expect((await callsOf('upload.getFile')) - parts).toBe(120)
  })
})
