import type { NewFault } from '@telegather/telegram-emulator/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callsOf, multipart, request, signedInKeys } from './clients.ts'
import { logInElsewhere, telethonString } from './foreign-login.ts'
import { get, post, startGateways, type Gateways } from './gateway.ts'

describe('a session', () => {
  let gateways: Gateways
  let api: string
  let phones = 0

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  const newPhone = () => `+9996627${String(100 + phones++)}`

  async function logIn(phone = newPhone(), session_name = `login of ${phone}`): Promise<number> {
    const sent = await post(`${api}/sessions/send-otp`, { phone_number: phone, session_name })
    const { temp_session_id } = sent.body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    return Number((await post(`${api}/sessions/finalize`, { temp_session_id })).body['id'])
  }

  async function importSession(phone = newPhone()): Promise<number> {
    const login = await logInElsewhere(gateways.loginDeps.telegram, phone)
    const fields = {
      name: `import of ${phone}`,
      phone_number: phone,
      session_string: telethonString(login),
    }
    return Number((await request('POST', `${api}/sessions`, multipart(fields))).body['id'])
  }

  const put = (id: number, body: unknown) =>
    fetch(`${api}/sessions/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  const notFound = { status: 404, body: { detail: 'Session not found' } }

  test('is shown alone in the same form as in the list', async () => {
    const id = await logIn()
    const one = await get(`${api}/sessions/${id}`)
    expect(one).toMatchObject({ status: 200, body: { id, state: 'active', origin: 'login' } })
    const list = JSON.parse((await get(`${api}/sessions/`)).text) as { id: number }[]
    expect(list.find((session) => session.id === id)).toEqual(one.body)
    expect(await get(`${api}/sessions/${id}/`)).toMatchObject({ status: 200 })
    expect(await get(`${api}/sessions/4711`)).toMatchObject(notFound)
    expect(await get(`${api}/sessions/none`)).toMatchObject({ status: 400 })
  })

  test('is renamed by either field, but not to a name that is taken', async () => {
    const [id, other] = [await logIn(), await logIn()]
    const renamed = await put(id, { name: 'new name' })
    expect(await renamed.json()).toMatchObject({ id, name: 'new name', session_name: 'new name' })
    const again = await put(id, { session_name: 'newer name' })
    expect(await again.json()).toMatchObject({ id, session_name: 'newer name' })
    expect(await get(`${api}/sessions/${id}`)).toMatchObject({ body: { name: 'newer name' } })
    expect((await put(other, { name: 'newer name' })).status).toBe(409)
    expect((await put(other, {})).status).toBe(400)
    expect((await put(4711, { name: 'nobody' })).status).toBe(404)
  })

  test('reads public channels unless `use_for_public` is false', async () => {
    const id = await logIn(newPhone())
    expect(await get(`${api}/sessions/${id}`)).toMatchObject({ body: { use_for_public: true } })
    const changed = await put(id, { use_for_public: false })
    expect(await changed.json()).toMatchObject({ id, use_for_public: false, is_active: 'active' })
    expect((await put(id, { use_for_public: 'no' })).status).toBe(400)
    const [entry] = await gateways.database.db.$client`
      select details from audit_events where object_id = ${String(id)} and action = 'session.changed'`
    expect(entry).toMatchObject({ details: { use_for_public: false } })
  })

  test('of a browser is not found by the operator, in no list and by no operation', async () => {
    const phone = newPhone()
    const id = await logIn(phone)
    await gateways.database.db.$client`
      update sessions set owner_kind = 'browser', owner_id = gen_random_uuid() where id = ${id}`
    const listed = async () =>
      (JSON.parse((await get(`${api}/sessions/`)).text) as { id: number }[]).map((row) => row.id)
    expect(await listed()).not.toContain(id)
    for (const path of ['', '/channels'])
      expect(await get(`${api}/sessions/${id}${path}`)).toMatchObject(notFound)
    expect((await put(id, { name: 'mine' })).status).toBe(404)
    expect(await request('DELETE', `${api}/sessions/${id}?force=true`)).toMatchObject(notFound)
    const own = await logIn(phone)
    expect(own).not.toBe(id)
    expect(await listed()).toContain(own)
  })

  test('is paused, so that no process uses it, and resumed', async () => {
    const phone = newPhone()
    const id = await logIn(phone)
    const paused = await put(id, { is_active: 'paused' })
    expect(await paused.json()).toMatchObject({ id, is_active: 'paused', state: 'paused' })
    expect((await put(id, { is_active: false, name: 'paused' })).status).toBe(200)

    const calls = await callsOf(gateways, 'users.getUsers')
    expect(await get(`${api}/sessions/${id}/channels`)).toMatchObject({
      status: 409,
      body: { code: 'session_not_active', detail: 'The session is paused' },
    })
    expect(await request('POST', `${api}/sessions/${id}/test`)).toMatchObject({
      body: { valid: false, reason: 'paused', detail: 'The session is paused' },
    })
    expect(await callsOf(gateways, 'users.getUsers')).toBe(calls)
    // A paused session has a valid login, so an imported login does not replace it.
    const login = await logInElsewhere(gateways.loginDeps.telegram, phone)
    const fields = { name: 'x', phone_number: phone, session_string: telethonString(login) }
    expect((await request('POST', `${api}/sessions`, multipart(fields))).status).toBe(409)

    const resumed = await put(id, { is_active: true })
    expect(await resumed.json()).toMatchObject({ is_active: 'active', session_name: 'paused' })
    expect((await get(`${api}/sessions/${id}/channels`)).status).toBe(200)
    const trail = await gateways.database.db.$client`
      select action from audit_events where object_id = ${String(id)} order by id`
    expect(trail.map(({ action }) => action).slice(-3)).toEqual([
      'session.paused',
      'session.renamed',
      'session.resumed',
    ])
  })

  test('that is paused is no longer used by the process that had its lease', async () => {
    const id = await logIn()
    const telegram = await gateways.openSession(id)
    await telegram.me()
    expect((await put(id, { is_active: 'paused' })).status).toBe(200)
    const calls = await callsOf(gateways, 'users.getUsers')
    await expect(telegram.me()).rejects.toThrow('The session is paused')
    expect(await callsOf(gateways, 'users.getUsers')).toBe(calls)
    expect((await put(id, { is_active: 'active' })).status).toBe(200)
    await telegram.me()
    await telegram.close()
  })

  test('whose login is lost cannot be set active', async () => {
    const id = await logIn()
    await gateways.database.db.$client`update sessions set state = 'revoked' where id = ${id}`
    expect((await put(id, { is_active: true })).status).toBe(409)
    expect(await get(`${api}/sessions/${id}`)).toMatchObject({ body: { state: 'revoked' } })
  })

  describe('is tested at Telegram', () => {
    const testOf = (id: number) => request('POST', `${api}/sessions/${id}/test`)

    test('and is valid', async () => {
      const phone = newPhone()
      const id = await logIn(phone)
      const { status, body, text } = await testOf(id)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        valid: true,
        account: { phone_number: phone, user_id_str: expect.stringMatching(/^\d+$/) },
        latency_ms: expect.any(Number),
        reason: null,
        detail: null,
      })
      const { user_id_str } = body['account'] as { user_id_str: string }
      expect(text).toContain(`"user_id":${user_id_str},`)
      expect(await testOf(4711)).toMatchObject(notFound)
    })

    test('and an unreachable Telegram does not change its state', async () => {
      const phone = newPhone()
      const id = await logIn(phone)
      const match = { method: 'users.getUsers', account: phone }
      await gateways.emulator.control.placeFault({ kind: 'disconnect', match })
      expect(await testOf(id)).toMatchObject({
        status: 200,
        body: {
          valid: false,
          account: null,
          reason: 'unreachable',
          detail: 'Telegram does not answer; try again',
        },
      })
      await gateways.emulator.control.removeFaults()
      expect(await get(`${api}/sessions/${id}`)).toMatchObject({ body: { state: 'active' } })
      expect(await testOf(id)).toMatchObject({ body: { valid: true } })
    })

    const AGAIN = 'the account must log in again'
    const UNKNOWN = `Telegram no longer knows this login; ${AGAIN}`
    const TWICE = `Telegram has ended this login because it was used from two places at once; ${AGAIN}`
    const ENDED = 'The account has ended this login and must log in again'
    const BANNED = 'Telegram has banned or deleted this account'
    type Loss =
      | Extract<NewFault, { kind: 'rpc_error' | 'revoke_session' | 'forget_key' }>
      | { kind: 'ban_account' }
    const error = (text: string): Loss => ({ kind: 'rpc_error', error: text, count: 1 })
    const unregistered: Loss = { kind: 'revoke_session', answer: 'AUTH_KEY_UNREGISTERED' }
    test.each<[string, string, string, Loss]>([
      ['revoked', 'SESSION_REVOKED', ENDED, { kind: 'revoke_session' }],
      ['needs_login', 'AUTH_KEY_UNKNOWN', UNKNOWN, { kind: 'forget_key' }],
      ['needs_login', 'AUTH_KEY_UNREGISTERED', UNKNOWN, unregistered],
      ['needs_login', 'SESSION_EXPIRED', UNKNOWN, error('SESSION_EXPIRED')],
      ['needs_login', 'AUTH_KEY_DUPLICATED', TWICE, error('AUTH_KEY_DUPLICATED')],
      ['banned', 'USER_DEACTIVATED_BAN', BANNED, { kind: 'ban_account' }],
      ['banned', 'USER_DEACTIVATED', BANNED, error('USER_DEACTIVATED')],
      ['banned', 'PHONE_NUMBER_BANNED', BANNED, error('PHONE_NUMBER_BANNED')],
    ])('and stays %s (%s) without further calls, until a new login', async (...cases) => {
      const [state, state_reason, detail, fault] = cases
      const phone = newPhone()
      const id = await logIn(phone)
      await gateways.emulator.control.placeFault({ ...fault, match: { account: phone } })
      const lost = { valid: false, account: null, latency_ms: null, reason: state, detail }
      expect((await testOf(id)).body).toEqual(lost)
      expect(await get(`${api}/sessions/${id}`)).toMatchObject({
        body: { state, state_reason, is_active: 'paused', flood_wait_until: null },
      })
      const calls = await callsOf(gateways, 'users.getUsers')
      expect((await testOf(id)).body).toEqual(lost)
      const refused = await get(`${api}/sessions/${id}/channels`)
      expect(refused).toMatchObject({ status: 409, body: { detail } })
      expect(await callsOf(gateways, 'users.getUsers')).toBe(calls)
      await gateways.emulator.control.removeFaults()

      expect(await logIn(phone)).toBe(id)
      expect((await testOf(id)).body).toMatchObject({ valid: true })
      expect(await get(`${api}/sessions/${id}`)).toMatchObject({
        body: { state: 'active', state_reason: null },
      })
    })

    test('and has a flood wait, which it shows until the wait ends', async () => {
      const phone = newPhone()
      const id = await logIn(phone)
      const match = { method: 'messages.getDialogs', account: phone }
      await gateways.emulator.control.placeFault({
        kind: 'flood_wait',
        seconds: 500,
        match,
        count: 1,
      })
      const refused = await get(`${api}/sessions/${id}/channels`)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('500')
      expect(await get(`${api}/sessions/${id}`)).toMatchObject({
        body: { state: 'flood_wait', is_active: 'active', flood_wait_until: expect.any(String) },
      })
      expect((await testOf(id)).body).toMatchObject({ valid: false, reason: 'flood_wait' })

      await gateways.database.db
        .$client`update sessions set flood_wait_until = now() where id = ${id}`
      expect(await get(`${api}/sessions/${id}`)).toMatchObject({
        body: { state: 'active', flood_wait_until: null },
      })
      await gateways.emulator.control.removeFaults()
    })
  })

  describe('is deleted', () => {
    const remove = (id: number, query = '') => request('DELETE', `${api}/sessions/${id}${query}`)
    const gone = { status: 200, body: { message: 'Session deleted successfully' } }
    const signedIn = () => signedInKeys(gateways)

    test('and signed out when the login was made here', async () => {
      const before = await signedIn()
      const id = await logIn()
      expect(await signedIn()).toBe(before + 1)
      expect(await remove(id)).toMatchObject(gone)
      expect(await signedIn()).toBe(before)
      expect(await get(`${api}/sessions/${id}`)).toMatchObject(notFound)
      expect(await remove(id)).toMatchObject(notFound)
    })

    test('and left signed in when it was imported, or on request', async () => {
      const before = await signedIn()
      expect(await remove(await importSession())).toMatchObject(gone)
      expect(await signedIn()).toBe(before + 1)
      expect(await remove(await importSession(), '?sign_out=true')).toMatchObject(gone)
      expect(await signedIn()).toBe(before + 1)
      expect(await remove(await logIn(), '?sign_out=false')).toMatchObject(gone)
      expect(await signedIn()).toBe(before + 2)
    })

    test('when its login is lost', async () => {
      const phone = newPhone()
      const id = await logIn(phone)
      await gateways.emulator.control.placeFault({
        kind: 'revoke_session',
        match: { account: phone },
      })
      expect(await remove(id)).toMatchObject(gone)
    })

    test('not while sources use it, unless force detaches them', async () => {
      const id = await logIn()
      const { $client: sql } = gateways.database.db
      const [source] = await sql`
        insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
        values ('operator', 'Euronews', '@euronews_eng', 'Euronews', 'private', 'LOCAL', ${id}) returning id`
      const sourceId = Number(source?.['id'])
      expect(await remove(id)).toMatchObject({
        status: 409,
        body: {
          code: 'session_in_use',
          detail: `The session is used by the sources ${sourceId} "Euronews"; force=true detaches them`,
        },
      })
      expect(await request('POST', `${api}/sessions/${id}/test`)).toMatchObject({
        body: { valid: true },
      })
      expect(await remove(id, '?force=true')).toMatchObject(gone)
      const rows = await sql`select session_id from sources where id = ${sourceId}`
      expect(rows[0]).toEqual({ session_id: null })
    })

    test('not while Telegram cannot be reached for the sign-out', async () => {
      const phone = newPhone()
      const id = await logIn(phone)
      const match = { method: 'auth.logOut', account: phone }
      await gateways.emulator.control.placeFault({ kind: 'disconnect', match })
      const refused = await remove(id)
      expect(refused.status).toBe(503)
      expect(refused.headers.get('retry-after')).not.toBeNull()
      expect((await get(`${api}/sessions/${id}`)).status).toBe(200)
      expect(await remove(id, '?sign_out=false')).toMatchObject(gone)
      await gateways.emulator.control.removeFaults()
    })
  })
})
