import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archived } from './archived-channel.ts'
import { createWorld, runIn, startWorker, type World } from './scraper.ts'

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

/** The number of calls of each of Telegram's methods. */
async function calls(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { rpcs } of await world.emulator.control.stats())
    for (const [name, count] of Object.entries(rpcs)) counts[name] = (counts[name] ?? 0) + count
  return counts
}

test('a deleted post is marked and kept, and unmarked when it is back', async () => {
  const source = await archived(world, 20)
  const media = { kind: 'photo', size: 2000 } as const
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

test('deletions of more than a tenth of the posts wait for consent, and so do later ones', async () => {
  const source = await archived(world, 40)
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

test('the request for consent is withdrawn when missing posts are back, at any age', async () => {
  const source = await archived(world, 20)
  const { $client } = world.database.db
  await $client`update messages set missing_at = now(), date = now() - interval '3 days'
    where source_id = ${source.sourceId} and message_id < 10`
  await $client`update sources set deletions_to_accept = 9 where id = ${source.sourceId}`
  await source.run()
  expect([await source.deleted(), await source.toAccept()]).toEqual([[], 0])
})

test('the tenth is computed from posts not marked as deleted; a single deletion needs no consent', async () => {
  const source = await archived(world, 30)
  await world.database.db.$client`update messages set missing_at = now(), deleted_at = now()
    where source_id = ${source.sourceId} and message_id > 12`
  for (let id = 13; id <= 30; id++) await source.remove(id)
  await source.remove(1)
  await source.run()
  expect(await source.toAccept()).toBe(0)
  for (const id of [2, 3]) await source.remove(id)
  await source.run()
  expect([(await source.deleted())[0], await source.toAccept()]).toEqual([1, 2])

  const few = await archived(world, 3)
  await few.remove(2)
  await few.run()
  expect(await few.deleted()).toEqual([2])
})

test('a rescan costs one call for 100 recent posts, and none for older ones', async () => {
  const source = await archived(world, 100)
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

test('rescan_days 0 reads no post again', async () => {
  const source = await archived(world, 3, { rescanDays: 0 })
  await source.edit(2, { text: 'edited' })
  await source.run()
  expect(await source.message(2)).toMatchObject({ text: 'Post 2' })
})

test('an interrupted rescan resumes below the last committed batch', async () => {
  const source = await archived(world, 250)
  for (const id of [20, 120]) await source.edit(id, { text: 'edited' })
  const runId = uuidv7()
  await world.database.db.$client`
    insert into runs (id, source_id, trigger, rescanned_to)
    values (${runId}, ${source.sourceId}, 'manual', 51)`
  await runIn(world, runId, ['COMPLETED'])
  expect(await source.versions()).toMatchObject([{ message_id: 20 }])
})

test('a file whose message is deleted or gets another file before it is stored is not counted as failed', async () => {
  const source = await archived(world, 1, { rescanDays: 0 })
  const { $client } = world.database.db
  const media = { kind: 'document', size: 3000 } as const
  await $client`update sources set with_media = false where id = ${source.sourceId}`
  const deleted = await source.post({ text: 'with a file', media })
  const edited = await source.post({ text: 'with a file', media })
  await source.run()
  await source.remove(deleted.id)
  await source.edit(edited.id, { text: 'with a file', media })
  await world.emulator.control.placeFault({ kind: 'expire_file_references' })

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

test('a username that has moved to another channel is not read', async () => {
  const source = await archived(world, 2)
  await world.database.db.$client`
    update sources set channel_id = channel_id + 1, channel_session_id = null where id = ${source.sourceId}`
  expect(await source.run()).toMatchObject({
    state: 'FAILED',
    error: expect.stringMatching(/now names another channel/),
  })
})
