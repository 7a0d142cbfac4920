import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archived } from './archived-channel.ts'
import { createWorld, startWorker, type World } from './scraper.ts'

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

test('edits are kept as versions; views and reactions are not', async () => {
  const source = await archived(world, 5)
  await source.edit(2, { text: 'once' })
  await source.count(3, { views: 99, forwards: 4, reactions: { '👍': 3 } })
  const first = await source.run()
  expect(first).toMatchObject({ state: 'COMPLETED', messages_stored: 0 })
  expect(first.log).toContain('info: 1 post was edited since; what it said before is kept')
  await source.edit(2, { text: 'twice', entities: [{ type: 'bold', offset: 0, length: 5 }] })
  await source.run()
  await source.edit(2, { text: 'twice' })
  await source.run()
  await source.run()

  expect(await source.versions()).toMatchObject([
    { message_id: 2, version: 1, text: 'Post 2', file_version: null, is_edit: false },
    { message_id: 2, version: 2, text: 'once', file_version: null, is_edit: true },
    { message_id: 2, version: 3, text: 'twice', file_version: null, is_edit: true },
  ])
  expect(await source.message(2)).toMatchObject({ text: 'twice', entities: [] })
  expect(await source.message(3)).toMatchObject({
    views: 99,
    forwards: 4,
    reactions: [{ reaction: '👍', count: 3 }],
    edit_date: null,
  })
})

test('an edited poll gets a version; votes make none', async () => {
  const source = await archived(world, 1)
  const poll = { question: 'Tea or coffee?', answers: [{ text: 'Tea' }, { text: 'Coffee' }] }
  await source.post({ poll })
  await source.run()
  const voted = [
    { text: 'Tea', voters: 2 },
    { text: 'Coffee', voters: 1 },
  ]
  await source.edit(2, {
    text: '',
    poll: { ...poll, answers: voted, total_voters: 3, closed: true },
  })
  await source.run()
  expect(await source.versions()).toEqual([])
  expect(await source.message(2)).toMatchObject({ content: { total_voters: 3, is_closed: true } })

  await source.edit(2, { text: '', poll: { ...poll, answers: voted, question: 'Tea or cocoa?' } })
  await source.run()
  await source.edit(2, {
    text: '',
    poll: { question: 'Tea or cocoa?', answers: [{ text: 'Cocoa' }] },
  })
  await source.run()
  await source.run()
  expect(await source.versions()).toMatchObject([
    {
      message_id: 2,
      version: 1,
      kind: 'poll',
      content: { question: 'Tea or coffee?', total_voters: 3 },
    },
    {
      message_id: 2,
      version: 2,
      content: { question: 'Tea or cocoa?', answers: [{ text: 'Tea' }, { text: 'Coffee' }] },
    },
  ])
  expect(await source.message(2)).toMatchObject({ content: { answers: [{ text: 'Cocoa' }] } })
})

test('a message that was stored without its content gets no version', async () => {
  const source = await archived(world, 1)
  await source.post({ poll: { question: 'Who?', answers: [{ text: 'Me' }] } })
  await source.run()
  const { $client } = world.database.db
  await $client`update messages set content = null where source_id = ${source.sourceId}`
  await source.count(2, { views: 7 })
  await source.run()
  expect(await source.versions()).toEqual([])
  expect(await source.message(2)).toMatchObject({ views: 7, content: { question: 'Who?' } })
})

test('a photo whose only size is inline in the message is stored from the message', async () => {
  const source = await archived(world, 1)
  await source.post({ media: { kind: 'photo', size: 3000, cached_only: true } })
  await source.run()
  const [file] = await source.files()
  expect(file).toMatchObject({ message_id: 2, state: 'stored', size: 3000 })
  const bytes = await readFile(join(world.targetsConfig.localPath, file?.['path']))
  const [, posted] = await source.posted()
  expect(posted?.media).toEqual({
    kind: 'photo',
    name: null,
    size: 3000,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
})

test('a replaced file stays stored beside the new one', async () => {
  const source = await archived(world, 1)
  const media = { kind: 'document', size: 3000, name: 'report.pdf' } as const
  const { id } = await source.post({ text: 'with a file', media })
  await source.run()
  await source.edit(id, { text: 'with a file', media: { ...media, size: 4000 } })
  expect(await source.run()).toMatchObject({ state: 'COMPLETED', files_stored: 1 })
  await source.run()

  const files = await source.files()
  expect(files).toMatchObject([
    { version: 1, state: 'stored', size: 3000, replaced: true },
    { version: 2, state: 'stored', size: 4000, replaced: false },
  ])
  const { localPath } = world.targetsConfig
  for (const { path, size } of files) expect((await stat(join(localPath, path))).size).toBe(size)
  expect(await source.versions()).toMatchObject([{ message_id: id, version: 1, file_version: 1 }])
})
