import type { Actor } from '@telegather/contracts'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog } from '@telegather/service'
import type { Withdraw } from '@telegather/sessions'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { finalizeSession } from '../src/accounts/login/finalize-session.ts'
import { deleteSession } from '../src/accounts/sessions/delete-session.ts'
import { endRetiredLogins } from '../src/accounts/workers/end-retired-logins.ts'
import { request, signedInKeys, urlencoded } from './clients.ts'
import { importFields, logInElsewhere, telethonString } from './foreign-login.ts'
import { get, post, startGateways, type Gateways } from './gateway.ts'

describe('when Telegram ends logins whose key is used from two addresses', () => {
  let gateways: Gateways
  let here: string
  let there: string

  beforeAll(async () => {
    gateways = await startGateways({ strict: true })
    ;[here, there] = gateways.urls
  })
  afterAll(() => gateways.close())

  const importAt = (api: string, phone: string, string: string) =>
    request('POST', `${api}/sessions`, urlencoded(importFields(phone, string)))
  const remove = (api: string, id: number) => request('DELETE', `${api}/sessions/${id}`)
  const use = async (api: string, id: number) =>
    expect((await get(`${api}/sessions/${id}/channels`)).status).toBe(200)
  const works = async (api: string, id: number) =>
    expect((await request('POST', `${api}/sessions/${id}/test`)).body).toMatchObject({
      valid: true,
    })
  const elsewhere = async (phone: string) =>
    telethonString(await logInElsewhere(gateways.loginDeps.telegram, phone))

  async function duplicates(): Promise<number> {
    const keys = await gateways.emulator.control.stats()
    expect(Math.max(...keys.map((key) => key.max_distinct_peers))).toBe(1)
    return keys.reduce((sum, key) => sum + key.duplicates, 0)
  }

  async function logIn(api: string, phone_number: string): Promise<number> {
    const login = { phone_number, session_name: `login of ${phone_number}` }
    const { temp_session_id } = (await post(`${api}/sessions/send-otp`, login)).body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    return Number((await post(`${api}/sessions/finalize`, { temp_session_id })).body['id'])
  }

  /** Gives the session a lease holder that does not respond. */
  const leaseToDeadHolder = (id: number) => gateways.database.db.$client`
    insert into session_leases (session_id, holder_id, holder_kind, epoch, expires_at)
    values (${id}, gen_random_uuid(), 'scraper', 1, clock_timestamp() + interval '1 hour')`
  const lose = (id: number) =>
    gateways.database.db.$client`update sessions set state = 'needs_login' where id = ${id}`

  const signedIn = () => signedInKeys(gateways)

  /** Runs the worker that signs out retired logins until `check` passes. */
  async function signOutRetiredUntil(check: () => void | Promise<void>): Promise<void> {
    const log = createLog({ name: 'test', level: 'silent' })
    const abort = new AbortController()
    const options = { intervalMs: 20, signal: abort.signal }
    const ending = endRetiredLogins({ ...gateways.loginDeps, log }, options)
    await vi.waitFor(check)
    abort.abort()
    await ending
  }

  /** Signs out retired logins until `left` signed-in keys remain. */
  const signOutRetired = (left: number) =>
    signOutRetiredUntil(async () => expect(await signedIn()).toBe(left))

  test('a login can be deleted and imported again at once, twenty times', async () => {
    const phone = '+9996627901'
    const string = await elsewhere(phone)
    let session = await importAt(here, phone, string)
    for (let round = 0; round < 20; round++) {
      const id = Number(session.body['id'])
      await use(there, id)
      expect((await remove(here, id)).status).toBe(200)
      session = await importAt(here, phone, string)
      expect(session, session.text).toMatchObject({ status: 200 })
    }
    await works(there, Number(session.body['id']))
    expect(await duplicates()).toBe(0)
  })

  test('a login is not imported while a lease holder that does not respond may use it', async () => {
    const phone = '+9996627902'
    const string = await elsewhere(phone)
    const { body } = await importAt(here, phone, string)
    const id = Number(body['id'])
    await leaseToDeadHolder(id)
    expect((await remove(here, id)).status).toBe(200)
    const refused = await importAt(there, phone, string)
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: 'This login was in use a moment ago; try again' },
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await gateways.database.db.$client`update retired_logins set free_at = now()`
    expect(await importAt(there, phone, string)).toMatchObject({ status: 200 })
  })

  test('a replaced login is not imported while its lease holder may use it', async () => {
    const phone = '+9996627905'
    const [string, another] = [await elsewhere(phone), await elsewhere(phone)]
    const id = Number((await importAt(here, phone, string)).body['id'])
    await leaseToDeadHolder(id)
    await lose(id)
    expect(await importAt(there, phone, string)).toMatchObject({ status: 503 })
    expect(await importAt(there, phone, another)).toMatchObject({ status: 200, body: { id } })
    const again = urlencoded({ ...importFields(phone, string), name: 'the one before' })
    const refused = await request('POST', `${here}/sessions`, again)
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: 'This login was in use a moment ago; try again' },
    })
  })

  test('a lost login is imported again after its lease holder has disconnected', async () => {
    const phone = '+9996627904'
    const string = await elsewhere(phone)
    const { body } = await importAt(here, phone, string)
    const id = Number(body['id'])
    await use(there, id)
    await lose(id)
    const again = await importAt(here, phone, string)
    expect(again, again.text).toMatchObject({ status: 200, body: { id, state: 'active' } })
    await works(here, id)
    expect(await duplicates()).toBe(0)
  })

  test('a new login replaces the one in use, which is signed out', async () => {
    const phone = '+9996627903'
    const before = await signedIn()
    const id = await logIn(here, phone)
    await use(there, id)
    expect(await logIn(here, phone)).toBe(id)
    await use(there, id)
    await works(here, id)
    expect(await signedIn()).toBe(before + 2)

    await signOutRetired(before + 1)
    await works(there, id)
    expect(await duplicates()).toBe(0)
  })

  test('a login that is stored while its session is being deleted is signed out with it', async () => {
    const phone = '+9996627906'
    const before = await signedIn()
    const id = await logIn(here, phone)
    const { loginDeps, openSession } = gateways
    const withdraw: Withdraw = async (sessionId, work) => {
      expect(await logIn(there, phone)).toBe(id)
      return loginDeps.withdraw(sessionId, work)
    }
    const operator: Actor = { keyId: null, owner: { kind: 'operator' }, scopes: [] }
    const deletion = { sessionId: id, force: false, signOut: undefined }
    await deleteSession({ ...loginDeps, openSession, withdraw }, operator, deletion)
    expect((await get(`${here}/sessions/${id}`)).status).toBe(404)
    await signOutRetired(before)
    expect(await duplicates()).toBe(0)
  })

  test('of two concurrent deletions of an imported session, one gets 404', async () => {
    const phone = '+9996627907'
    const string = await elsewhere(phone)
    for (let round = 0; round < 5; round++) {
      const id = Number((await importAt(here, phone, string)).body['id'])
      await use(here, id)
      const deletions = await Promise.all([here, here, there].map((api) => remove(api, id)))
      expect(deletions.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200, 404, 404,
      ])
    }
  })

  test('a session that is paused and deleted concurrently is not found after its deletion', async () => {
    const phone = '+9996627908'
    const string = await elsewhere(phone)
    for (let round = 0; round < 5; round++) {
      const id = Number((await importAt(here, phone, string)).body['id'])
      await use(here, id)
      const pause = fetch(`${there}/sessions/${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ is_active: 'paused' }),
      })
      const [deletion, pausing] = await Promise.all([remove(here, id), pause])
      expect(deletion.status).toBe(200)
      expect([200, 404]).toContain(pausing.status)
    }
  })

  test('a login whose session is deleted before it replaces its login becomes a new session', async () => {
    const phone = '+9996627911'
    const id = await logIn(here, phone)
    const { loginDeps } = gateways
    const login = { phone_number: phone, session_name: 'once more' }
    const { temp_session_id: tempSessionId } = (await post(`${here}/sessions/send-otp`, login)).body
    await post(`${here}/sessions/verify-otp`, { temp_session_id: tempSessionId, code: '22222' })
    const withdraw: Withdraw = async (sessionId, work) => {
      expect((await remove(there, sessionId)).status).toBe(200)
      return loginDeps.withdraw(sessionId, work)
    }
    const operator: Actor = { keyId: null, owner: { kind: 'operator' }, scopes: [] }
    const session = await finalizeSession(
      { ...loginDeps, withdraw },
      operator,
      String(tempSessionId),
    )
    expect(session.id).not.toBe(id)
    await works(here, session.id)
  })

  test('a paused session is deleted while Telegram is unavailable, never resumed, and signed out later', async () => {
    const before = await signedIn()
    const id = await logIn(here, '+9996627909')
    await gateways.database.db.$client`update sessions set state = 'paused' where id = ${id}`
    await leaseToDeadHolder(id)
    expect((await remove(here, id)).status).toBe(200)
    const trail = await gateways.database.db.$client`
      select action from audit_events where object_id = ${String(id)} order by id`
    expect(trail.map(({ action }) => action)).not.toContain('session.resumed')
    expect(await signedIn()).toBe(before + 1)
    await gateways.database.db.$client`update retired_logins set free_at = now()`
    await signOutRetired(before)
  })

  test('a retired login that cannot be decrypted is dropped, so that it can be imported', async () => {
    const phone = '+9996627910'
    const string = await elsewhere(phone)
    const { db } = gateways.database
    const id = Number((await importAt(here, phone, string)).body['id'])
    const sealed = createKeyRing(generateFernetKey()).encrypt('{}')
    await db.$client`
      insert into retired_logins (auth_key_id, free_at, encrypted_login)
      select auth_key_id, now(), ${sealed} from sessions where id = ${id}`
    await remove(here, id)
    expect(await importAt(here, phone, string)).toMatchObject({ status: 503 })
    await signOutRetiredUntil(async () =>
      expect(await importAt(here, phone, string)).toMatchObject({ status: 200 }),
    )
  })
})
