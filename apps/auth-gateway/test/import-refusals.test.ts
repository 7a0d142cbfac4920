import { randomBytes } from 'node:crypto'
import { botSessionFor } from '@telegather/sessions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { multipart, openConnections, request } from './clients.ts'
import { importFields, logInElsewhere, telethonString } from './foreign-login.ts'
import { startGateways, type Gateways } from './gateway.ts'

describe('imported logins are refused, and nothing of them is stored,', () => {
  let gateways: Gateways
  let api: string
  let phones = 0

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  /** The phone number of a new account. */
  const newPhone = () => `+9996626${String(100 + phones++)}`
  const elsewhere = (phone: string) => logInElsewhere(gateways.loginDeps.telegram, phone)

  async function leavesNothing(refusal: () => Promise<unknown>): Promise<void> {
    const count = () => gateways.database.db.$client`select id from sessions`
    const before = await count()
    await refusal()
    expect(await count()).toEqual(before)
    expect(await openConnections(gateways)).toBe(0)
  }

  test('when they are malformed', () =>
    leavesNothing(async () => {
      for (const nonsense of ['1ApWapz...', 'x'.repeat(353), `1${'A'.repeat(352)}`])
        expect(
          await request('POST', `${api}/sessions/`, multipart(importFields(newPhone(), nonsense))),
        ).toMatchObject({ status: 400, body: { code: 'login_unreadable' } })
      const upload = (file: Uint8Array | string) =>
        request(
          'POST',
          `${api}/sessions/upload-file`,
          multipart({ session_name: 'x', phone_number: newPhone(), session_file: file }),
        )
      expect(await upload(Buffer.from('not a database'))).toMatchObject({
        status: 400,
        body: { detail: 'This is not a session file: it is no SQLite database' },
      })
      expect(await upload('a field, not a file')).toMatchObject({
        status: 400,
        body: { detail: 'session_file: Expected a file' },
      })
    }))

  test('when they are of a bot, also of one that reads sources here', async () => {
    const { db, keys, telegram } = gateways.loginDeps
    const { bot_token: token } = await gateways.emulator.control.addBot()
    const nobody = {
      ownerKind: 'operator' as const,
      ownerId: null,
      encryptedBotToken: null,
      botApiId: null,
      encryptedBotApiHash: null,
    }
    const loggedIn = () => botSessionFor(db, { keys, telegram, token }, nobody)
    await loggedIn()
    const [first] = await db.$client`delete from sessions where origin = 'bot' returning *`
    await loggedIn()
    const { keys: authKeys } = JSON.parse(keys.decrypt(first?.['encrypted_auth']).toString()) as {
      keys: Record<number, string>
    }
    const string = telethonString({ dcId: 2, key: Buffer.from(authKeys[2] ?? '', 'base64') })
    const bots = () => db.$client`select * from sessions where origin = 'bot'`
    const before = await bots()
    await leavesNothing(async () =>
      expect(
        await request('POST', `${api}/sessions/`, multipart(importFields(newPhone(), string))),
      ).toMatchObject({
        status: 400,
        body: { detail: 'This is the login of a bot; a session needs a user account' },
      }),
    )
    expect(await bots()).toEqual(before)
  })

  test('when many files are uploaded at once, until others are read', () =>
    leavesNothing(async () => {
      const damaged = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4_000, 7)])
      const fields = { session_name: 'x', phone_number: newPhone(), session_file: damaged }
      const answers = await Promise.all(
        Array.from({ length: 60 }, () =>
          request('POST', `${api}/sessions/upload-file`, multipart(fields)),
        ),
      )
      const busy = answers.filter(({ status }) => status === 503)
      expect(busy).not.toHaveLength(0)
      for (const { body, headers } of busy) {
        expect(body['detail']).toBe('Too many session files are being read; try again')
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      }
      const read = answers.filter(({ status }) => status === 400)
      expect(read.length).toBeGreaterThanOrEqual(10)
      expect(busy.length + read.length).toBe(60)
    }))

  test('when they are too large', () =>
    leavesNothing(async () => {
      const file = Buffer.alloc(50 * 1024 * 1024 + 1)
      file.write('SQLite format 3\0')
      const form = multipart({ session_name: 'x', phone_number: newPhone(), session_file: file })
      expect(await request('POST', `${api}/sessions/upload-file`, form)).toMatchObject({
        status: 400,
        body: { detail: 'The session file is larger than 50 MiB' },
      })
    }))

  test('when Telegram does not know them, or has ended them', () =>
    leavesNothing(async () => {
      const forged = telethonString({ dcId: 2, key: randomBytes(256) })
      const loggedOut = {
        status: 400,
        body: { detail: 'Telegram no longer knows this login: the account was logged out' },
      }
      expect(
        await request('POST', `${api}/sessions`, multipart(importFields(newPhone(), forged))),
      ).toMatchObject(loggedOut)
      const phone = newPhone()
      const string = telethonString(await elsewhere(phone))
      await gateways.emulator.control.placeFault({
        kind: 'revoke_session',
        match: { account: phone },
      })
      expect(
        await request('POST', `${api}/sessions`, multipart(importFields(phone, string))),
      ).toMatchObject(loggedOut)
    }))

  test('when their account is banned', () =>
    leavesNothing(async () => {
      const phone = newPhone()
      const string = telethonString(await elsewhere(phone))
      await gateways.emulator.control.placeFault({ kind: 'ban_account', match: { account: phone } })
      expect(
        await request('POST', `${api}/sessions`, multipart(importFields(phone, string))),
      ).toMatchObject({ status: 400, body: { detail: 'Telegram has banned this account' } })
    }))

  test('when their data centre is unknown', () =>
    leavesNothing(async () => {
      const string = telethonString({ dcId: 5, key: randomBytes(256) })
      expect(
        await request('POST', `${api}/sessions`, multipart(importFields(newPhone(), string))),
      ).toMatchObject({
        status: 400,
        body: { detail: 'The data centre of this login is not known here' },
      })
    }))

  test('when Telegram answers with a flood wait', () =>
    leavesNothing(async () => {
      const phone = newPhone()
      const string = telethonString(await elsewhere(phone))
      const match = { method: 'users.getUsers', account: phone }
      await gateways.emulator.control.placeFault({
        kind: 'flood_wait',
        seconds: 33,
        match,
        count: 1,
      })
      const answer = await request(
        'POST',
        `${api}/sessions`,
        multipart(importFields(phone, string)),
      )
      expect(answer.status).toBe(429)
      expect(answer.headers.get('retry-after')).toBe('33')
    }))

  test('when a field is wrong, missing, unknown or not text', () =>
    leavesNothing(async () => {
      const fields = importFields(newPhone(), 'x')
      const refused = async (change: Record<string, string>, named: string) => {
        const answer = await request('POST', `${api}/sessions`, multipart({ ...fields, ...change }))
        expect(answer.status).toBe(400)
        expect(answer.text).toContain(named)
      }
      await refused({ phone_number: '12' }, 'Invalid phone number')
      await refused({ api_id: 'many' }, 'api_id')
      await refused({ admin: 'yes' }, 'admin')
      await refused({ name: 'a\0b' }, 'NUL')
      await refused({ name: ' ' }, 'session_name')
      const { api_hash: _, ...withoutHash } = fields
      const answer = await request('POST', `${api}/sessions`, multipart(withoutHash))
      expect(answer.text).toContain('api_id and api_hash belong together')
    }))

  test('when the form is malformed', () =>
    leavesNothing(async () => {
      for (const [type, body] of [
        ['multipart/form-data', 'no boundary'],
        [
          'multipart/form-data; boundary=x',
          '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\ncut',
        ],
        ['text/plain', 'a=b'],
      ] as const) {
        const headers = { 'content-type': type }
        const response = await fetch(`${api}/sessions`, { method: 'POST', headers, body })
        expect([400, 415]).toContain(response.status)
        expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
        await response.body?.cancel()
      }
    }))

  test('when the name is taken', async () => {
    const importAs = async (name: string) => {
      const phone = newPhone()
      const fields = importFields(phone, telethonString(await elsewhere(phone)))
      return request('POST', `${api}/sessions`, multipart({ ...fields, name }))
    }
    expect((await importAs('taken')).status).toBe(200)
    await leavesNothing(async () => {
      expect(await importAs('taken')).toMatchObject({
        status: 409,
        body: { code: 'session_name_taken', detail: 'A session named "taken" already exists' },
      })
    })
  })
})
