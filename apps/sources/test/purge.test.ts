import type { Target } from '@telegather/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { purgeNext } from '../src/archives/purge.ts'
import { EURONEWS, startService, type Service } from './service.ts'

const AT_ONCE = { settledAfterMs: 0 }
const FILES = 250

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

function local(): Target {
  const { LOCAL } = service.targets
  if (!LOCAL) throw new Error('LOCAL is configured')
  return LOCAL
}

/** Number of the file that was written but not recorded, as after a crash of its worker. */
const UNRECORDED = 2

/** Creates a source with an archive of `FILES` messages, each with a file of 5 bytes on target LOCAL. */
async function archive(): Promise<{ id: number; pathOf: (file: number) => string }> {
  const { body } = await service.call('POST /sources', EURONEWS)
  const { id } = z.object({ id: z.int() }).parse(body)
  const pathOf = (file: number) => `source_${id}/${file}.txt`
  const { $client } = service.database.db
  const numbers = Array.from({ length: FILES }, (_, index) => index + 1)
  for (const file of numbers)
    await local().write({ path: pathOf(file), owner: String(id) }, bytes())
  await $client`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
    select ${id}, n, 'document', now(), 'text', '[]', '[]', '{}' from generate_series(1, ${FILES}) n`
  await $client`
    insert into files (source_id, message_id, kind, size, location, state, target, path)
    select ${id}, n, 'document', 5, '{}', (case n when ${UNRECORDED}::int then 'pending' else 'stored' end)::file_state,
      'LOCAL', 'source_' || ${id}::int || '/' || n || '.txt'
    from generate_series(1, ${FILES}) n`
  return { id, pathOf }
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('bytes')
}

const deps = () => ({ db: service.database.db, targets: service.targets })

async function rowsOf(id: number): Promise<number> {
  const [row] = await service.database.db.$client<{ rows: number }[]>`
    select (select count(*) from sources where id = ${id})::int + (select count(*) from files where source_id = ${id})::int
      + (select count(*) from messages where source_id = ${id})::int as rows`
  return row?.rows ?? 0
}

test('purging deletes an archive with its files after the grace period, and keeps other archives', async () => {
  const [kept, removed] = [await archive(), await archive()]
  await service.call(`DELETE /sources/${kept.id}`)
  await service.call(`DELETE /sources/${removed.id}?archive=delete`)
  expect(await purgeNext(deps())).toBe(false)

  while (await purgeNext(deps(), AT_ONCE));
  expect(await rowsOf(removed.id)).toBe(0)
  for (const file of [1, UNRECORDED, FILES])
    await expect(local().open(removed.pathOf(file))).rejects.toThrow('has no file')
  expect(await rowsOf(kept.id)).toBe(1 + 2 * FILES)
  const { stream, size } = await local().open(kept.pathOf(FILES))
  stream.destroy()
  expect(size).toBe(5)
})

test('purging resumes after a crash, also in several processes at once', async () => {
  const { id, pathOf } = await archive()
  await service.call(`DELETE /sources/${id}?archive=delete`)
  // A file that is deleted already, as after a crash before the commit.
  await local().delete(pathOf(3))
  const removers = Array.from({ length: 4 }, async () => {
    while (await purgeNext(deps(), AT_ONCE));
  })
  await Promise.all(removers)
  while (await purgeNext(deps(), AT_ONCE));
  expect(await rowsOf(id)).toBe(0)
})
