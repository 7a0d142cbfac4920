import { API_CONTRACTS, type Contract } from '@telegather/contracts'
import { faultsAtEdges, type KnownIds } from '@telegather/contracts/testing'
import { ACTOR_HEADER } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addArchive, addMessages } from './archives.ts'
import { startService, type Service } from './service.ts'

const URLS = /^\/(sources|runs|messages|files)\b/

/** Operations that end an object come last, since the others need it. */
const isEnding = ({ method, url }: Contract) => method === 'DELETE' || url.endsWith('/cancel')
const every = API_CONTRACTS.filter(({ url }) => URLS.test(url))
  .toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b)))
  .map((contract) => [`${contract.method} ${contract.url}`, contract] as const)

describe('values at the edges of what a contract accepts', { timeout: 300_000 }, () => {
  let service: Service
  let ids: KnownIds

  beforeAll(async () => {
    service = await startService()
    const { $client } = service.database.db
    const sessionId = await service.addSession()
    const sourceId = await addArchive(service)
    const [messageId = 0] = await addMessages(service, sourceId, [{ id: 1 }, { id: 2 }])
    const runId = uuidv7()
    await $client`
      insert into runs (id, source_id, trigger, state)
      values (${runId}, ${sourceId}, 'manual', 'COMPLETED')`
    const [file] = await $client<[{ id: number }]>`
      insert into files (source_id, message_id, kind, name, size, location)
      values (${sourceId}, 1, 'document', 'a.pdf', 1, '{}') returning id::int`
    ids = {
      session_id: sessionId,
      session_ref: sessionId,
      source_id: sourceId,
      run_id: runId,
      message_id: messageId,
      file_id: file.id,
    }
  })
  afterAll(() => service.close())

  test.each(every)('of %s are no fault of the server', async (_, contract) => {
    const headers = () => ({ [ACTOR_HEADER]: service.actorHeader() })
    expect(await faultsAtEdges(contract, ids, { api: service.url, headers })).toEqual([])
  })
})
