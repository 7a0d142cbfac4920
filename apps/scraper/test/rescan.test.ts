import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { markedChannelId } from '@telegather/telegram'
import { uuidv7 } from 'uuidv7'
import {
  addRun,
  addSource,
  createWorld,
  runIn,
  startWorker,
  type RunRecord,
  type World,
} from './scraper.ts'

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

async function control(method: string, path: string, body?: object): Promise<{ id: number }> {
  const response = await fetch(`${world.emulator.controlUrl}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: number }
}

/** A channel with posts of today, and a source of it that has them all. */
async function archived(posts: number, settings: { rescanDays?: number } = {}) {
  const channel = await control('POST', '/channels', { title: 'Fresh', members: 'all' })
  const post = (message: object) =>
    control('POST', '/messages', { channel_id: channel.id, ...message })
  await post({ text: 'Post {n}', count: posts })
  const identifier = markedChannelId(String(channel.id))
  const { sourceId, runId } = await addSource(world, { identifier })
  await world.database.db.$client`
    update sources set rescan_days = ${settings.rescanDays ?? 2} where id = ${sourceId}`
  expect(await runIn(world, runId, ['COMPLETED'])).toMatchObject({ error: null })
  const at = (id: number) => `/messages/${channel.id}/${id}`
  return {
    sourceId,
    post,
    /** The messages that the emulator has. */
    posted: async () => {
      const response = await fetch(`${world.emulator.controlUrl}/channels/${channel.id}/messages`)
      return (await response.json()) as readonly { readonly media: object | null }[]
    },
    edit: (id: number, content: object) => control('PATCH', at(id), content),
    count: (id: number, counters: object) => control('PATCH', `${at(id)}/counters`, counters),
    remove: (id: number) => control('DELETE', at(id)),
    run: async (): Promise<RunRecord & { log: string[] }> => {
      const id = await addRun(world, sourceId)
      const run = await runIn(world, id, ['COMPLETED', 'FAILED'])
      const lines = await world.database.db.$client<{ level: string; message: string }[]>`
        select level, message from run_logs where run_id = ${id} order by id`
      return { ...run, log: lines.map(({ level, message }) => `${level}: ${message}`) }
    },
    message: async (id: number) => {
      const [row] = await world.database.db.$client`
        select * from messages where source_id = ${sourceId} and message_id = ${id}`
      return row
    },
    versions: async () =>
      Array.from(
        await world.database.db.$client`
          select message_id, version, kind, text, content, file_version, edit_date is not null as is_edit from message_versions
          where source_id = ${sourceId} order by message_id, version`,
      ),
    files: async () =>
      Array.from(
        await world.database.db.$client`
          select message_id, version, state, path, size::int, replaced_at is not null as replaced, target
          from files where source_id = ${sourceId} order by message_id, version`,
      ),
    deleted: async () => {
      const rows = await world.database.db.$client`
        select message_id from messages where source_id = ${sourceId} and deleted_at is not null
        order by message_id`
      return rows.map((row) => row['message_id'] as number)
    },
    toAccept: async () => {
      const [row] = await world.database.db.$client`
        select deletions_to_accept from sources where id = ${sourceId}`
      return row?.['deletions_to_accept'] as number
    },
  }
}

/** How often each method of Telegram was called. */
async function calls(): Promise<Record<string, number>> {
  const response = await fetch(`${world.emulator.controlUrl}/stats`)
  const counts: Record<string, number> = {}
  for (const { rpcs } of (await response.json()) as { rpcs: Record<string, number> }[])
    for (const [name, count] of Object.entries(rpcs)) counts[name] = (counts[name] ?? 0) + count
  return counts
}

test('edits are kept as versions; views and reactions are not', async () => {
  const source = await archived(5)
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

test('a version keeps the poll or the place that an edit changed; votes make no version', async () => {
  const source = await archived(1)
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

test('a message stored without its content is not taken for an edited one', async () => {
  const source = await archived(1)
  await source.post({ poll: { question: 'Who?', answers: [{ text: 'Me' }] } })
  await source.run()
  const { $client } = world.database.db
  await $client`update messages set content = null where source_id = ${source.sourceId}`
  await source.count(2, { views: 7 })
  await source.run()
  expect(await source.versions()).toEqual([])
  expect(await source.message(2)).toMatchObject({ views: 7, content: { question: 'Who?' } })
})

test('a photo whose only size stands in the message is stored from the message', async () => {
  const source = await archived(1)
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

test('a file that was replaced stays beside the new one', async () => {
  const source = await archived(1)
  const media = { kind: 'document', size: 3000, name: 'report.pdf' }
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

test('what is deleted is marked and kept; what comes back is unmarked', async () => {
  const source = await archived(20)
  const media = { kind: 'photo', size: 2000 }
  const { id } = await source.post({ text: 'with a file', media })
  await source.run()
  await source.remove(id)
  await source.remove(20)
  expect((await source.run()).log).toContain(
    'info: 2 posts were deleted at Telegram since; they are marked, and stay',
  )
  expect(await source.deleted()).toEqual([20, id])
  const [file] = await source.files()
  expect(await stat(join(world.targetsConfig.localPath, file?.['path']))).toMatchObject({
    size: 2000,
  })

  const { $client } = world.database.db
  await $client`update messages set missing_at = now(), deleted_at = now()
    where source_id = ${source.sourceId} and message_id = 7`
  await source.run()
  expect(await source.deleted()).toEqual([20, id])
  expect(await source.message(7)).toMatchObject({ missing_at: null })
})

test('more than a tenth at once waits for a person’s word, and so does all else until then', async () => {
  const source = await archived(40)
  const { $client } = world.database.db
  for (let id = 2; id <= 6; id++) await source.remove(id)
  expect(await source.run()).toMatchObject({
    state: 'COMPLETED',
    log: expect.arrayContaining([
      'warning: 5 posts were deleted at Telegram: none is marked before you accept it',
    ]),
  })
  expect([await source.deleted(), await source.toAccept()]).toEqual([[], 5])

  await source.post({ text: 'Post {n}', count: 60 })
  await source.remove(7)
  await $client`update messages set date = now() - interval '3 days'
    where source_id = ${source.sourceId} and message_id <= 5`
  await source.run()
  await source.run()
  expect([await source.deleted(), await source.toAccept()]).toEqual([[], 6])
})

test('what turns out to be there waits for nobody’s word, however old it is', async () => {
  const source = await archived(20)
  const { $client } = world.database.db
  await $client`update messages set missing_at = now(), date = now() - interval '3 days'
    where source_id = ${source.sourceId} and message_id < 10`
  await $client`update sources set deletions_to_accept = 9 where id = ${source.sourceId}`
  await source.run()
  expect([await source.deleted(), await source.toAccept()]).toEqual([[], 0])
})

test('a tenth is one of those that are still there; one may always go', async () => {
  const source = await archived(30)
  await world.database.db.$client`update messages set missing_at = now(), deleted_at = now()
    where source_id = ${source.sourceId} and message_id > 12`
  for (let id = 13; id <= 30; id++) await source.remove(id)
  await source.remove(1)
  await source.run()
  expect(await source.toAccept()).toBe(0)
  for (const id of [2, 3]) await source.remove(id)
  await source.run()
  expect([(await source.deleted())[0], await source.toAccept()]).toEqual([1, 2])

  const few = await archived(3)
  await few.remove(2)
  await few.run()
  expect(await few.deleted()).toEqual([2])
})

test('a quiet source costs one call more for a hundred recent posts, and none for old ones', async () => {
  const source = await archived(100)
  const cost = async () => {
    const before = await calls()
    await source.run()
    const after = await calls()
    return (after['channels.getMessages'] ?? 0) - (before['channels.getMessages'] ?? 0)
  }
  expect(await cost()).toBe(1)
  const { $client } = world.database.db
  await $client`update messages set date = now() - interval '3 days' where source_id = ${source.sourceId}`
  expect(await cost()).toBe(0)
})

test('rescan_days 0 looks at nothing again', async () => {
  const source = await archived(3, { rescanDays: 0 })
  await source.edit(2, { text: 'edited' })
  await source.run()
  expect(await source.message(2)).toMatchObject({ text: 'Post 2' })
})

test('a run that was interrupted goes on below the posts that it has seen', async () => {
  const source = await archived(250)
  for (const id of [20, 120]) await source.edit(id, { text: 'edited' })
  const runId = uuidv7()
  await world.database.db.$client`
    insert into runs (id, source_id, trigger, rescanned_to)
    values (${runId}, ${source.sourceId}, 'manual', 51)`
  await runIn(world, runId, ['COMPLETED'])
  expect(await source.versions()).toMatchObject([{ message_id: 20 }])
})

test('a file whose message is deleted, or has another one, before it is stored is no failure', async () => {
  const source = await archived(1, { rescanDays: 0 })
  const { $client } = world.database.db
  const media = { kind: 'document', size: 3000 }
  await $client`update sources set with_media = false where id = ${source.sourceId}`
  const deleted = await source.post({ text: 'with a file', media })
  const edited = await source.post({ text: 'with a file', media })
  await source.run()
  await source.remove(deleted.id)
  await source.edit(edited.id, { text: 'with a file', media })
  world.emulator.world.fileReferences.expireAll()

  await $client`update sources set with_media = true where id = ${source.sourceId}`
  expect(await source.run()).toMatchObject({ state: 'COMPLETED', error: null, files_failed: 0 })
  expect(await source.files()).toMatchObject([
    { message_id: deleted.id, state: 'gone' },
    { message_id: edited.id, state: 'gone' },
  ])
  await $client`update sources set rescan_days = 2 where id = ${source.sourceId}`
  await source.run()
  expect(await source.deleted()).toEqual([deleted.id])
  expect((await source.files()).map(({ version, state }) => [version, state])).toEqual([
    [1, 'gone'],
    [1, 'gone'],
    [2, 'stored'],
  ])
})

test('a name that is another channel’s by now is not read', async () => {
  const source = await archived(2)
  await world.database.db.$client`
    update sources set channel_id = channel_id + 1, channel_session_id = null where id = ${source.sourceId}`
  expect(await source.run()).toMatchObject({
    state: 'FAILED',
    error: expect.stringMatching(/is another channel by now/),
  })
})
