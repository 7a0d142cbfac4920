import { afterEach, describe, expect, test } from 'vitest'
import { addressBlock } from '../src/accounts/login/address-block.ts'
import { deleteExpiredRateLimits } from '../src/accounts/login/queries.ts'
import { post, startGateways, type Answer, type Gateways } from './gateway.ts'
import { callApi } from './keys.ts'

describe('logins are limited', () => {
  let gateways: Gateways
  afterEach(() => gateways.close())

  const start = async (limits: Record<string, string>, trustedProxies: string[] = []) => {
    gateways = await startGateways({ limits, trustedProxies })
  }

  let names = 0
  /** Alternates between the replicas, because they share the limits. */
  const send = (phone_number: string): Promise<Answer> => {
    const api = gateways.urls[names % 2]
    return post(`${api}/sessions/send-otp`, { phone_number, session_name: `limited ${names++}` })
  }

  function expectLimited(answer: Answer, seconds: number): void {
    expect(answer).toMatchObject({
      status: 429,
      body: { code: 'rate_limited', detail: 'Too many logins were started; try again later' },
    })
    const retryAfter = Number(answer.headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThan(0)
    expect(retryAfter).toBeLessThanOrEqual(seconds)
  }

  const passWindow = (like: string) =>
    gateways.database.db.$client`
      update rate_limits set expire = now() - interval '1 second' where key like ${like}`

  test('for one phone number, in each window', async () => {
    await start({ LOGIN_LIMIT_PHONE: '2/600,3/86400' })
    expect((await send('+9996621201')).status).toBe(200)
    expect((await send('+99966 2-1201')).status).toBe(200)
    expectLimited(await send('+9996621201'), 600)
    expect((await send('+9996621202')).status).toBe(200)

    await passWindow('login_phone_600%')
    expect((await send('+9996621201')).status).toBe(200)
    expectLimited(await send('+9996621201'), 86_400)
    await passWindow('login_phone%')
    await deleteExpiredRateLimits(gateways.database.db)
    expect((await send('+9996621201')).status).toBe(200)
  })

  test('for one address, counting resent codes and QR codes', async () => {
    await start({ LOGIN_LIMIT_ADDRESS: '3/60' })
    const [api] = gateways.urls
    const { temp_session_id } = (await send('+9996621203')).body
    expect((await post(`${api}/sessions/resend-otp`, { temp_session_id })).status).toBe(200)
    expect((await post(`${api}/sessions/qr`, { session_name: 'by QR' })).status).toBe(200)
    expectLimited(await send('+9996621204'), 60)
    expectLimited(await post(`${api}/sessions/qr`, { session_name: 'by QR' }), 60)
    expectLimited(await post(`${api}/sessions/resend-otp`, { temp_session_id }), 60)
    // Logins that have started are not limited.
    const code = { temp_session_id, code: '22222' }
    expect((await post(`${api}/sessions/verify-otp`, code)).status).toBe(200)
  })

  /** Sends a request like a proxy that forwards one of another address. */
  const startQrFor = async (forwardedFor: string) => {
    const headers = { 'x-forwarded-for': forwardedFor }
    return callApi(gateways.urls[0], 'POST /sessions/qr', {
      headers,
      body: { session_name: 'by QR' },
    })
  }

  test('count the address of the connection and ignore X-Forwarded-For', async () => {
    await start({ LOGIN_LIMIT_ADDRESS: '1/60' })
    expect((await startQrFor('203.0.113.1')).status).toBe(200)
    expectLimited(await startQrFor('203.0.113.2'), 60)
  })

  test('for the address that a trusted proxy added to X-Forwarded-For', async () => {
    await start({ LOGIN_LIMIT_ADDRESS: '1/60' }, ['127.0.0.0/8'])
    expect((await startQrFor('203.0.113.1')).status).toBe(200)
    expect((await startQrFor('203.0.113.2')).status).toBe(200)
    expectLimited(await startQrFor('203.0.113.2'), 60)
    // Earlier entries come from the client and are not used.
    expectLimited(await startQrFor('203.0.113.9, 203.0.113.1'), 60)
    // All invalid addresses count as one address.
    expect((await startQrFor('nonsense')).status).toBe(200)
    expectLimited(await startQrFor('more nonsense'), 60)
  })

  test('in total, where refused logins do not count', async () => {
    await start({ LOGIN_LIMIT_PHONE: '1/60', LOGIN_LIMIT_TOTAL: '2/60' })
    expect((await send('+9996621205')).status).toBe(200)
    for (let tries = 0; tries < 4; tries++) expectLimited(await send('+9996621205'), 60)
    expect((await send('+9996621206')).status).toBe(200)
    expectLimited(await send('+9996621207'), 60)
  })

  test('but logins that failed at Telegram do not count', async () => {
    await start({ LOGIN_LIMIT_PHONE: '1/60' })
    const match = { method: 'auth.sendCode' }
    await gateways.emulator.control.placeFault({ kind: 'disconnect', match })
    for (let tries = 0; tries < 3; tries++) expect((await send('+9996621208')).status).toBe(503)
    await gateways.emulator.control.removeFaults()
    expect((await send('+9996621208')).status).toBe(200)
  })

  test('also for concurrent requests', async () => {
    await start({ LOGIN_LIMIT_PHONE: '3/60' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('+9996621209')))
    const ok = answers.filter(({ status }) => status === 200)
    expect(ok).toHaveLength(3)
    for (const answer of answers) if (answer.status !== 200) expectLimited(answer, 60)
  })

  test('in tries per code, counted anew for a new code', async () => {
    await start({ LOGIN_TRIES_PER_CODE: '2' })
    const [api] = gateways.urls
    const { temp_session_id } = (await send('+9996621211')).body
    const verify = (code: string) => post(`${api}/sessions/verify-otp`, { temp_session_id, code })
    expect((await verify('99999')).status).toBe(400)
    expect((await post(`${api}/sessions/resend-otp`, { temp_session_id })).status).toBe(200)
    expect((await verify('99999')).status).toBe(400)
    expect((await verify('22222')).status).toBe(200)
  })

  test('in tries per code', async () => {
    await start({ LOGIN_TRIES_PER_CODE: '2' })
    const [api] = gateways.urls
    const { temp_session_id } = (await send('+9996621210')).body
    const guess = () => post(`${api}/sessions/verify-otp`, { temp_session_id, code: '99999' })
    expect((await guess()).status).toBe(400)
    expect((await guess()).status).toBe(400)
    expect((await guess()).status).toBe(404)
  })
})

describe('addresses are counted', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::'],
    ['::1', '::'],
    ['nonsense', 'unknown'],
  ])('%s as %s', (address, block) => {
    expect(addressBlock(address)).toBe(block)
  })
})
