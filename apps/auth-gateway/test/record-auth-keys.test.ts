import { insertSession } from '@telegather/sessions/testing'
import { createLog } from '@telegather/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordAuthKeys } from '../src/accounts/sessions/record-auth-keys.ts'
import { request, urlencoded } from './clients.ts'
import { importFields, logInElsewhere, telethonString } from './foreign-login.ts'
import { startGateways, type Gateways } from './gateway.ts'

let gateways: Gateways
beforeAll(async () => {
  gateways = await startGateways({ strict: true })
})
afterAll(() => gateways.close())

test('the missing key id of a stored session is recorded, and identifies its login', async () => {
  const [here, there] = gateways.urls
  const { $client: sql } = gateways.database.db
  const phone = '+9996626501'
  const string = telethonString(await logInElsewhere(gateways.loginDeps.telegram, phone))
  const importAt = (api: string, name: string) =>
    request('POST', `${api}/sessions`, urlencoded({ ...importFields(phone, string), name }))
  const { body } = await importAt(here, 'the first')
  const [before] = await sql`select id, auth_key_id from sessions`
  await insertSession(gateways.database.db, {
    sessionName: 'unreadable',
    encryptedAuth: 'not a token',
  })
  await sql`update sessions set auth_key_id = null`

  const log = createLog({ name: 'test', level: 'silent' })
  await recordAuthKeys({ ...gateways.loginDeps, log })
  expect(await sql`select id, auth_key_id from sessions where id = ${Number(body['id'])}`).toEqual([
    before,
  ])
  // The session is connected during the import.
  expect((await request('GET', `${here}/sessions/${String(body['id'])}/channels`)).status).toBe(200)
  expect(await importAt(there, 'the second')).toMatchObject({ status: 409 })
  expect(await request('POST', `${here}/sessions/${String(body['id'])}/test`)).toMatchObject({
    body: { valid: true },
  })
})
