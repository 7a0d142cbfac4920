import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MediaKind } from '@telegather/contracts'
import { skipReason } from '../src/files/file-filter.ts'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  createWorld,
  runIn,
  startWorker,
  truthOf,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
const EVERYTHING = { withMedia: true, fileTypes: [], maxFileSize: null }

describe('a source’s filter', () => {
  test.each<[string[], MediaKind, string | null, boolean]>([
    [['photo'], 'photo', null, true],
    [['video'], 'round', null, true],
    [['video'], 'gif', 'a.mp4', true],
    [['document'], 'sticker', null, true],
    [['document'], 'video', 'a.mp4', false],
    [['voice'], 'audio', 'a.mp3', false],
    [['pdf'], 'document', 'Report.PDF', true],
    [['zip', 'audio'], 'audio', 'song.flac', true],
    [['zip'], 'document', 'archive.zip.txt', false],
    [['pdf'], 'document', 'no extension', false],
    [[], 'document', 'anything', true],
  ])('%j and a %s called %j: %s', (fileTypes, kind, name, isWanted) => {
    const file = { kind, name, mimeType: null, size: 1, version: 0 }
    expect(skipReason({ ...EVERYTHING, fileTypes }, file) === null).toBe(isWanted)
  })

  test.each([
    ['jpg', null, 'image/jpeg', true],
    ['jpeg', null, 'image/jpeg', true],
    ['mov', null, 'video/quicktime', true],
    ['webm', null, 'video/webm', true],
    ['gif', null, 'image/gif', true],
    ['mp4', null, 'video/webm', false],
    ['oga', null, 'audio/ogg', true],
    ['pdf', null, null, false],
    ['bin', null, 'application/octet-stream', true],
    ['jpeg', 'IMG_1.JPG', null, true],
    ['jpg', 'scan.jpeg', 'application/octet-stream', true],
    ['tif', 'scan.tiff', null, true],
    ['htm', 'page.html', null, true],
    ['yml', 'compose.yaml', null, true],
    ['log', 'notes.txt', 'text/plain', false],
    ['txt', null, 'text/plain', true],
    ['pdf', 'report', 'application/pdf', true],
    ['zip', 'backup.2024', 'application/zip', true],
    ['pdf', 'report.txt', 'application/pdf', false],
    ['fb2', 'book.fb2', null, true],
    ['constructor', null, 'constructor', false],
  ])('of %s and a file called %j of the type %s: %s', (type, name, mimeType, isWanted) => {
    const file = { kind: 'document' as const, name, mimeType, size: 1, version: 0 }
    expect(skipReason({ ...EVERYTHING, fileTypes: [type] }, file) === null).toBe(isWanted)
  })

  test('lets files through up to its size', () => {
    const filter = { ...EVERYTHING, maxFileSize: 10 }
    const file = { kind: 'photo', name: null, mimeType: null, version: 0 } as const
    expect(skipReason(filter, { ...file, size: 10 })).toBeNull()
    expect(skipReason(filter, { ...file, size: 11 })).toContain('11 bytes')
  })
})

describe('a run', () => {
  let world: World
  let worker: ReturnType<typeof startWorker>
  beforeAll(async () => {
    world = await createWorld()
    worker = startWorker(world)
  })
  afterAll(async () => {
    await worker.stop()
    await world.close()
  })

  const sql = () => world.database.db.$client
  const files = async (sourceId: number) =>
    sql()`
      select message_id, state, error, path, kind, name, size::int as size from files
      where source_id = ${sourceId} order by message_id`
  const run = async (sourceId: number) =>
    runIn(world, await addRun(world, sourceId), ['COMPLETED', 'FAILED'])

  /** Adds a source with its first run. */
  async function archive(columns: Readonly<Record<string, unknown>>) {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, columns })
    return { sourceId, first: await runIn(world, runId, ['COMPLETED', 'FAILED']) }
  }

  test('of a source without media stores no file, and all files after `with_media` is set', async () => {
    const { sourceId, first } = await archive({ with_media: false })
    expect(first).toMatchObject({ messages_stored: 240, files_stored: 0 })
    const skipped = await files(sourceId)
    expect(skipped.length).toBeGreaterThan(20)
    for (const file of skipped)
      expect(file).toMatchObject({
        state: 'skipped',
        path: null,
        error: 'The source stores text only',
      })

    await sql()`update sources set with_media = true where id = ${sourceId}`
    expect(await run(sourceId)).toMatchObject({ messages_stored: 0, files_stored: skipped.length })
    for (const file of await files(sourceId))
      expect(file).toMatchObject({ state: 'stored', error: null })
  })

  test('stores files of the source’s types, up to its size limit', async () => {
    const { sourceId } = await archive({ file_types: ['photo', 'pdf'], max_file_size: 20_100 })
    const stored = (await files(sourceId)).filter(({ state }) => state === 'stored')
    const truth = (await truthOf(world)).filter(
      ({ media }) =>
        media !== null &&
        media.size <= 20_100 &&
        (media.kind === 'photo' || media.name === 'report.pdf'),
    )
    expect(truth.length).toBeGreaterThan(0)
    expect(stored.map((file) => file['message_id'])).toEqual(truth.map(({ id }) => id))
  })

  test('requests no messages before `since`, and the rest after `since` is moved back', async () => {
    const truth = await truthOf(world)
    const since = truth[220]?.date ?? ''
    const pages = () => world.emulator.control.callsOf('messages.getHistory')
    const before = await pages()
    const { sourceId } = await archive({ since, with_media: false })
    const ids = async () =>
      (
        await sql()`select message_id from messages where source_id = ${sourceId} order by message_id`
      ).map((row) => Number(row['message_id']))
    expect(await ids()).toEqual(truth.slice(220).map(({ id }) => id))
    // Three calls: the start of the history, one page, and the empty page that ends it.
    expect((await pages()) - before).toBeLessThanOrEqual(3)

    await sql()`update sources set since = ${truth[200]?.date ?? ''} where id = ${sourceId}`
    await run(sourceId)
    expect(await ids()).toEqual(truth.slice(200).map(({ id }) => id))
    await sql()`update sources set since = null where id = ${sourceId}`
    expect(await run(sourceId)).toMatchObject({ messages_stored: 200 })
    expect(await ids()).toEqual(truth.map(({ id }) => id))
  })
})
