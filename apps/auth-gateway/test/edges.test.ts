import { API_CONTRACTS, type Contract } from '@telegather/contracts'
import { faultsAtEdges, type KnownIds } from '@telegather/contracts/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UPSTREAM_CONTRACTS } from '../src/edge/upstreams/routes.ts'
import { post, startGateways, type Gateways } from './gateway.ts'
import { makeKey } from './keys.ts'

const PHONE = '+9996621001'

/** Operations that delete an object. They run last, since the others need it. */
const ENDINGS = ['/sessions/finalize', '/sessions/cancel']

const isEnding = ({ method, url }: Contract) => method === 'DELETE' || ENDINGS.includes(url)
const every = API_CONTRACTS.filter((contract) => !UPSTREAM_CONTRACTS.includes(contract))
  .toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b)))
  .map((contract) => [`${contract.method} ${contract.url}`, contract] as const)

describe('values at the edges of what a contract accepts', { timeout: 300_000 }, () => {
  let gateways: Gateways
  let api: string
  let ids: KnownIds

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
    const login = await start('edges')
    await post(`${api}/sessions/verify-otp`, { ...login, code: '22222' })
    const session = await post(`${api}/sessions/finalize`, login)
    expect(session.status).toBe(200)
    const { row } = await makeKey(gateways)
    ids = { session_id: Number(session.body['id']), key_id: row.id, ...(await start('edges')) }
  })
  afterAll(() => gateways.close())

  async function start(sessionName: string): Promise<{ temp_session_id: string }> {
    const body = { phone_number: PHONE, session_name: sessionName }
    const sent = await post(`${api}/sessions/send-otp`, body)
    return { temp_session_id: String(sent.body['temp_session_id']) }
  }

  test.each(every)('of %s are no fault of the server', async (_, contract) => {
    expect(await faultsAtEdges(contract, ids, { api })).toEqual([])
  })
})
