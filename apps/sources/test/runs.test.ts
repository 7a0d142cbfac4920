import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

const Source = z.object({ id: z.int() })
const Run = z.looseObject({ id: z.uuid() })
const Runs = z.object({ items: z.array(Run), next_cursor: z.string().nullable() })

describe('runs', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.close())

  const call = async (operation: string, body?: unknown) => service.call(operation, body)
  const create = async () => Source.parse((await call('POST /sources', EURONEWS)).body)

  test('concurrent triggers of a source make one run', async () => {
    const source = await create()
    const [first] = Runs.parse((await call(`GET /sources/${source.id}/runs`)).body).items
    const trigger = async () => call(`POST /sources/${source.id}/trigger`)
    for (const answer of await Promise.all(Array.from({ length: 8 }, trigger)))
      expect(answer).toMatchObject({ status: 202, body: first })

    await service.database.db
      .$client`update runs set state = 'COMPLETED' where source_id = ${source.id}`
    const again = await Promise.all(Array.from({ length: 8 }, trigger))
    expect(new Set(again.map(({ body }) => Run.parse(body).id)).size).toBe(1)
    expect(again[0]).toMatchObject({ status: 202, body: { state: 'PENDING', trigger: 'manual' } })
  })

  test('a trigger during a cancellation waits and makes the next run', async () => {
    const source = await create()
    const { $client } = service.database.db
    await $client`update runs set state = 'CANCELLING' where source_id = ${source.id}`
    const triggered = call(`POST /sources/${source.id}/trigger`)
    for (let asked = 0; asked < 5; asked++) await call(`GET /sources/${source.id}`)
    await $client`update runs set state = 'CANCELLED' where source_id = ${source.id}`
    expect(await triggered).toMatchObject({
      status: 202,
      body: { state: 'PENDING', trigger: 'manual' },
    })
  })

  test('runs are listed newest first, in pages', async () => {
    const source = await create()
    for (let runs = 1; runs < 5; runs++) {
      await service.database.db
        .$client`update runs set state = 'COMPLETED' where source_id = ${source.id}`
      await call(`POST /sources/${source.id}/trigger`)
    }
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { body } = await call(`GET /sources/${source.id}/runs?limit=2${query}`)
      const page = Runs.parse(body)
      expect(page.items.length).toBeLessThanOrEqual(2)
      ids.push(...page.items.map((run) => run.id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(ids).toHaveLength(5)
    expect(ids).toEqual(ids.toSorted().toReversed())
  })

  test.each(['0', '-1', '0x1', '1e0', '1.5', '%201', '99999999999', 'x'])(
    'the source id %s is invalid',
    async (id) => {
      expect((await call(`GET /sources/${id}/runs`)).status).toBe(400)
    },
  )
})
