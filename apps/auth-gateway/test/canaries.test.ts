import { createLog } from '@telegather/service'
import type { NewFault } from '@telegather/telegram-emulator/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, multipart, request, urlencoded } from './clients.ts'
import { logInElsewhere, pyrogramString, telethonString } from './foreign-login.ts'
import { get, post, startGateways, type Gateways } from './gateway.ts'

const API_HASH = 'canary0apihash0canary0apihash000'
const PASSWORD = 'canary-password-of-two-steps'

describe('secrets', () => {
  let gateways: Gateways
  let api: string
  const written: string[] = []
  const answers: string[] = []
  const secrets = new Map<string, string>()

  beforeAll(async () => {
    const log = createLog({ name: 'test', level: 'trace' }, { write: (line) => written.push(line) })
    gateways = await startGateways({ log })
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  async function keep(answer: Promise<Answer>): Promise<Answer> {
    const { text, headers } = await answer
    answers.push(text, JSON.stringify([...headers]))
    return answer
  }

  function secret(name: string, value: string | Buffer): void {
    if (typeof value === 'string') return void secrets.set(name, value)
    for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const)
      secrets.set(`${name} in ${encoding}`, value.toString(encoding).slice(0, 64))
  }

  test('appear in no response, log line, event or audit event, with and without errors', async () => {
    const phone = '+9996621401'
    const login = await logInElsewhere(gateways.loginDeps.telegram, phone)
    const strings = [telethonString(login), pyrogramString(login)]
    secret('auth key', login.key)
    strings.forEach((string, i) => secret(`session string ${i}`, string.slice(1, 200)))
    secret('api hash', API_HASH)
    secret('password', PASSWORD)
    const fields = (session_string: string) => ({
      name: 'canary',
      phone_number: phone,
      api_id: '1',
      api_hash: API_HASH,
      session_string,
    })
    const { body } = await keep(
      request('POST', `${api}/sessions/`, multipart(fields(strings[0] ?? ''))),
    )
    const id = String(body['id'])

    for (const string of strings)
      for (const form of [multipart(fields(string)), urlencoded(fields(string))])
        await keep(request('POST', `${api}/sessions`, form))
    await keep(request('POST', `${api}/sessions`, multipart(fields(`${strings[0]}x`))))
    await keep(
      request('POST', `${api}/sessions`, multipart({ ...fields(strings[0] ?? ''), more: 'x' })),
    )
    await keep(post(`${api}/sessions`, { session_string: strings[0], api_hash: [API_HASH] }))
    await keep(
      request(
        'POST',
        `${api}/sessions/upload-file`,
        multipart({ session_name: 'x', phone_number: phone, session_file: login.key }),
      ),
    )

    const sent = await keep(
      post(`${api}/sessions/send-otp`, { phone_number: '+9996621402', session_name: 'x' }),
    )
    const { temp_session_id } = sent.body
    await keep(
      post(`${api}/sessions/verify-otp`, { temp_session_id, code: '99999', password: PASSWORD }),
    )
    await keep(post(`${api}/sessions/resend-otp`, { temp_session_id }))
    const qr = await keep(post(`${api}/sessions/qr`, { session_name: 'by QR' }))
    await keep(get(`${api}/sessions/qr/${String(qr.body['temp_session_id'])}/status`))

    const everyRoute = async () => {
      for (const path of [
        '/sessions',
        `/sessions/${id}`,
        `/sessions/${id}/channels`,
        '/audit',
        '/docs/json',
      ])
        await keep(get(`${api}${path}`))
      await keep(request('POST', `${api}/sessions/${id}/test`))
    }
    await everyRoute()
    const faults: readonly NewFault[] = [
      { kind: 'rpc_error', error: 'SOMETHING_NEW' },
      { kind: 'disconnect' },
      { kind: 'flood_wait', seconds: 5 },
    ]
    for (const fault of faults) {
      await gateways.emulator.control.placeFault(fault)
      await everyRoute()
      await gateways.emulator.control.removeFaults()
    }
    await gateways.database.db.$client`update sessions set encrypted_auth = 'gAAAA-damaged'`
    await everyRoute()
    await keep(request('DELETE', `${api}/sessions/${id}?sign_out=false`))

    const { $client: sql } = gateways.database.db
    const stored =
      JSON.stringify(await sql`select * from outbox`) +
      JSON.stringify(await sql`select * from audit_events`)
    expect(answers.length).toBeGreaterThan(60)
    expect(written.length).toBeGreaterThan(20)
    for (const [name, value] of secrets)
      for (const text of [...answers, ...written, stored])
        expect(text.includes(value), `${name} in ${text.slice(0, 300)}`).toBe(false)
  })
})
