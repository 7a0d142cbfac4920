import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callsOf, multipart, request, urlencoded } from './clients.ts'
import {
  importFields,
  logInElsewhere,
  pyrogramString,
  sessionFile,
  telethonString,
} from './foreign-login.ts'
import { get, post, startGateways, type Gateways } from './gateway.ts'
import { hasTelethon, logInWithTelethon } from './telethon/telethon.ts'

describe('imported logins', () => {
  let gateways: Gateways
  let api: string
  let phones = 0

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  /** The phone number of a new account. */
  const newPhone = (dcId = 2) => `+99966${dcId}${String(7000 + phones++)}`
  const elsewhere = (phone: string) => logInElsewhere(gateways.loginDeps.telegram, phone)
  const sessionsOf = async (phone: string) =>
    gateways.database.db.$client`select * from sessions where phone_number = ${phone}`

  async function works(id: unknown): Promise<void> {
    const channels = await get(`${api}/sessions/${String(id)}/channels`)
    expect(channels.status).toBe(200)
    expect(JSON.parse(channels.text)).not.toHaveLength(0)
  }

  test('are accepted as forms of curl -F', async () => {
    const phone = newPhone()
    const imported = await request(
      'POST',
      `${api}/sessions/`,
      multipart(importFields(phone, telethonString(await elsewhere(phone)))),
    )
    expect(imported).toMatchObject({
      status: 200,
      body: {
        session_name: `account of ${phone}`,
        phone_number: phone,
        state: 'active',
        origin: 'import',
      },
    })
    await works(imported.body['id'])
    const [row] = await sessionsOf(phone)
    expect(row?.['api_id']).toBe(12_345_678)
  })

  test("are accepted as forms of Python's requests, from another data centre", async () => {
    const phone = newPhone(4)
    const imported = await request(
      'POST',
      `${api}/sessions/`,
      urlencoded(importFields(phone, pyrogramString(await elsewhere(phone)))),
    )
    expect(imported).toMatchObject({ status: 200, body: { phone_number: phone } })
    await works(imported.body['id'])
  })

  test('are used with the API credentials of the form', async () => {
    const [ownApi, none] = [newPhone(), newPhone()]
    const upload = async (phone: string, api_id: string, api_hash: string) =>
      request(
        'POST',
        `${api}/sessions/upload-file`,
        multipart({
          session_name: `file of ${phone}`,
          phone_number: phone,
          api_id,
          api_hash,
          session_file: sessionFile(await elsewhere(phone)),
        }),
      )
    expect((await upload(ownApi, '12345678', 'abc123')).status).toBe(200)
    expect((await sessionsOf(ownApi))[0]?.['api_id']).toBe(12_345_678)
    // Empty fields count as absent.
    expect((await upload(none, '', '')).status).toBe(200)
    expect((await sessionsOf(none))[0]?.['api_id']).toBe(1)
  })

  test('are accepted as JSON, with api_id as a number or absent', async () => {
    const phone = newPhone()
    const imported = await post(`${api}/sessions`, {
      session_name: 'as JSON',
      phone_number: phone,
      session_string: telethonString(await elsewhere(phone)),
    })
    expect(imported).toMatchObject({ status: 200, body: { name: 'as JSON' } })
    const [row] = await sessionsOf(phone)
    expect(row?.['api_id']).toBe(1)
  })

  test("are accepted as files of a browser's FormData", async () => {
    const phone = newPhone()
    const imported = await request(
      'POST',
      `${api}/sessions/upload-file`,
      multipart({
        session_name: 'uploaded',
        phone_number: phone,
        session_file: sessionFile(await elsewhere(phone)),
      }),
    )
    expect(imported.status).toBe(200)
    expect(Object.keys(imported.body).slice(0, 4)).toEqual([
      'id',
      'session_name',
      'phone_number',
      'created_at',
    ])
    await works(imported.body['id'])
  })

  test.skipIf(!hasTelethon)('made by Telethon itself come in, file and string', async () => {
    const inFile = newPhone()
    const { file } = await logInWithTelethon(gateways.emulator, { phone: inFile, code: '22222' })
    const uploaded = await request(
      'POST',
      `${api}/sessions/upload-file`,
      multipart({ session_name: 'by Telethon', phone_number: inFile, session_file: file }),
    )
    expect(uploaded, uploaded.text).toMatchObject({ status: 200, body: { phone_number: inFile } })
    await works(uploaded.body['id'])

    const inString = newPhone(4)
    const login = { phone: inString, code: '44444' }
    const { string } = await logInWithTelethon(gateways.emulator, login)
    const created = await request(
      'POST',
      `${api}/sessions/`,
      multipart(importFields(inString, string)),
    )
    expect(created, created.text).toMatchObject({ status: 200, body: { phone_number: inString } })
    await works(created.body['id'])
  })

  test('are stored once while the stored one is valid', async () => {
    const phone = newPhone()
    const login = await elsewhere(phone)
    const string = telethonString(login)
    const first = await request('POST', `${api}/sessions`, multipart(importFields(phone, string)))
    expect(first.status).toBe(200)
    const same = { ...importFields(phone, pyrogramString(login)), name: 'the same key' }
    expect(await request('POST', `${api}/sessions`, urlencoded(same))).toMatchObject({
      status: 409,
      body: { code: 'login_already_stored', detail: 'This login is stored as a session already' },
    })
    const another = {
      ...importFields(phone, telethonString(await elsewhere(phone))),
      name: 'another key',
    }
    expect(await request('POST', `${api}/sessions`, urlencoded(another))).toMatchObject({
      status: 409,
      body: { code: 'account_has_session', detail: 'The account has an active session already' },
    })
    expect(await sessionsOf(phone)).toHaveLength(1)
  })

  test('that are imported concurrently are stored and connected once', async () => {
    const phone = newPhone()
    const string = telethonString(await elsewhere(phone))
    // Delays the first import, so that the second one begins before its end.
    const match = { method: 'users.getUsers', account: phone }
    await gateways.emulator.control.placeFault({ kind: 'stall', delay_ms: 500, match })
    const calls = await callsOf(gateways, 'users.getUsers')
    const answers = await Promise.all(
      gateways.urls.map((url, i) =>
        request(
          'POST',
          `${url}/sessions`,
          urlencoded({ ...importFields(phone, string), name: `twin ${i} of ${phone}` }),
        ),
      ),
    )
    expect(answers.map(({ status }) => `${status}`).toSorted()).toEqual(['200', '409'])
    expect(await callsOf(gateways, 'users.getUsers')).toBe(calls + 1)
    await gateways.emulator.control.removeFaults()
  })

  test('replace a lost login under the id of its session', async () => {
    const phone = newPhone()
    const string = telethonString(await elsewhere(phone))
    const { body: lost } = await request(
      'POST',
      `${api}/sessions`,
      urlencoded(importFields(phone, string)),
    )
    await gateways.emulator.control.placeFault({
      kind: 'revoke_session',
      match: { account: phone },
    })
    expect((await get(`${api}/sessions/${String(lost['id'])}/channels`)).status).toBe(409)

    const again = await request(
      'POST',
      `${api}/sessions`,
      urlencoded(importFields(phone, telethonString(await elsewhere(phone)))),
    )
    expect(again).toMatchObject({ status: 200, body: { id: lost['id'], state: 'active' } })
    await works(lost['id'])
  })
})
