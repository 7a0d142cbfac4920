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

/** In place, but whoever put it there died before that was recorded. */
const UNRECORDED = 2

/** A source with an archive of `FILES` files on target LOCAL, every one of the same few bytes. */
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

test('an archive is kept, or removed with its files, and others keep theirs', async () => {
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

test('what died while it removed an archive is taken up by others', async () => {
  const { id, pathOf } = await archive()
  await service.call(`DELETE /sources/${id}?archive=delete`)
  // A file that is gone already, as after a death before the commit.
  await local().delete(pathOf(3))
  const removers = Array.from({ length: 4 }, async () => {
    while (await purgeNext(deps(), AT_ONCE));
  })
  await Promise.all(removers)
  while (await purgeNext(deps(), AT_ONCE));
  expect(await rowsOf(id)).toBe(0)
})
