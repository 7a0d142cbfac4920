import { randomBytes } from 'node:crypto'
import { createKeyRing } from '@telegather/secrets'
import type { NewFault } from '@telegather/telegram-emulator/client'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { dumpDatabase } from './access/tenants.ts'
import { startReplicas, type GatewayReplicas, type Replica } from './gateway-replicas.ts'
import { tapNats, type NatsTap } from './nats-tap.ts'

const CODE = '22222'
const WRONG_CODE = 'canary-code-7731'
const WRONG_PASSWORD = 'canary-password-of-two-steps'
const API_HASH = 'canary0own0api0hash0canary'

const Started = z.object({ temp_session_id: z.uuid(), phone_code_hash: z.string() })
const QrState = z.object({ temp_session_id: z.uuid(), url: z.string() })
const Session = z.object({ id: z.int(), phone_number: z.string() })
const Sealed = z.object({ dcId: z.int(), keys: z.record(z.string(), z.base64()) })

describe('logins over three gateway replicas', { timeout: 240_000 }, () => {
  let gateways: GatewayReplicas
  let replicas: readonly [Replica, Replica, Replica]
  let tap: NatsTap
  let key: string
  const answers: string[] = []

  beforeAll(async () => {
    gateways = await startReplicas(inject('postgresUrl'), 3)
    const [one, two, three] = gateways.replicas
    if (!one || !two || !three) throw new Error('Fewer than three replicas')
    replicas = [one, two, three]
    tap = await tapNats(gateways.natsUrl)
    key = await gateways.createKey()
    await Promise.all(replicas.map((replica) => replica.start()))
  })
  afterAll(async () => {
    tap.close()
    await gateways.close()
  })

  let turn = 0
  /** Calls the replicas in turn and records all responses. */
  async function call(operation: string, body?: unknown, replica = replicas[turn++ % 3]) {
    const [method = '', path = ''] = operation.split(' ')
    const isForm = body instanceof FormData
    const response = await fetch(`${replica?.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    answers.push(text, JSON.stringify([...response.headers]))
    const { status } = response
    return { status, body: JSON.parse(text) as unknown }
  }

  async function start(phone_number: string, replica?: Replica) {
    const input = { phone_number, session_name: `login of ${phone_number}` }
    const { status, body } = await call('POST /sessions/send-otp', input, replica)
    expect(status).toBe(200)
    return Started.parse(body)
  }

  const verify = (temp_session_id: string, code = CODE, replica?: Replica) =>
    call('POST /sessions/verify-otp', { temp_session_id, code }, replica)

  async function finalize(temp_session_id: string, replica?: Replica) {
    const { status, body } = await call('POST /sessions/finalize', { temp_session_id }, replica)
    expect(status).toBe(200)
    return Session.parse(body)
  }

  async function expectUsable(sessionId: number): Promise<void> {
    for (let once = 0; once < 3; once++) {
      const { status, body } = await call(`GET /sessions/${sessionId}/channels`)
      expect(status).toBe(200)
      expect(z.array(z.unknown()).parse(body)).not.toHaveLength(0)
    }
  }

  const placeFault = (fault: NewFault) => gateways.emulator.control.placeFault(fault)
  const clearFaults = () => gateways.emulator.control.removeFaults()

  test('run concurrently, each with its steps on different replicas', async () => {
    const phones = Array.from({ length: 6 }, (_, i) => `+999662140${i}`)
    const sessions = await Promise.all(
      phones.map(async (phone) => {
        const { temp_session_id } = await start(phone)
        expect((await verify(temp_session_id, WRONG_CODE)).status).toBe(400)
        expect((await verify(temp_session_id)).status).toBe(200)
        return finalize(temp_session_id)
      }),
    )
    expect(sessions.map((session) => session.phone_number)).toEqual(phones)
    for (const { id } of sessions.slice(0, 2)) await expectUsable(id)
  })

  test('continue on another replica when the replica of the previous step is killed', async () => {
    const [one, two, three] = replicas
    const { temp_session_id } = await start('+9996621411', one)
    await one.kill()
    expect((await verify(temp_session_id, WRONG_CODE, two)).status).toBe(400)
    expect((await verify(temp_session_id, CODE, two)).status).toBe(200)
    await two.kill()
    await finalize(temp_session_id, three)
    await Promise.all([one.start(), two.start()])
  })

  test('continue when a replica is killed during a step', async () => {
    const [one, two, three] = replicas
    const { temp_session_id } = await start('+9996621421', one)
    await placeFault({ kind: 'stall', delay_ms: 2_000, match: { method: 'auth.signIn' } })
    const before = await callsSeen('auth.signIn')
    const broken = expect(verify(temp_session_id, CODE, one)).rejects.toThrow('fetch failed')
    const isSeen = async () => expect(await callsSeen('auth.signIn')).toBeGreaterThan(before)
    await vi.waitFor(isSeen, { interval: 20 })
    await one.kill()
    await broken
    await clearFaults()
    expect(await verify(temp_session_id, CODE, two)).toMatchObject({
      status: 200,
      body: { requires_password: false },
    })
    const { id } = await finalize(temp_session_id, three)
    await one.start()
    await expectUsable(id)
  })

  /** Number of calls of a Telegram method, over all auth keys. */
  const callsSeen = (method: string) => gateways.emulator.control.callsOf(method)

  async function scannedQr(account: string, replica: Replica): Promise<string> {
    await start(account)
    const body = { session_name: `QR code for ${account}` }
    const shown = QrState.parse((await call('POST /sessions/qr', body, replica)).body)
    await gateways.emulator.control.acceptLogin({ token: shown.url, account })
    return shown.temp_session_id
  }
  /** Polls the status until the login is ready; a gateway asks Telegram only every 3 s. */
  const untilReady = (id: string, replica: Replica) =>
    vi.waitFor(
      async () =>
        expect(await call(`GET /sessions/qr/${id}/status`, undefined, replica)).toMatchObject({
          status: 200,
          body: { status: 'ready' },
        }),
      { interval: 200 },
    )

  test('by QR code continue when a replica is killed while it imports the login token', async () => {
    const [one, two, three] = replicas
    const login = await scannedQr('+9996641003', one)
    await one.kill()
    await placeFault({ kind: 'stall', delay_ms: 2_000, match: { method: 'auth.importLoginToken' } })
    const before = await callsSeen('auth.importLoginToken')
    const over = new AbortController()
    const asking = (async () => {
      // The last request fails, because its gateway is killed.
      while (!over.signal.aborted)
        await call(`GET /sessions/qr/${login}/status`, undefined, two).catch(() => {})
    })()
    await vi.waitFor(
      async () => expect(await callsSeen('auth.importLoginToken')).toBeGreaterThan(before),
      { interval: 20 },
    )
    await two.kill()
    over.abort()
    await asking
    await clearFaults()
    await untilReady(login, three)
    const { id } = await finalize(login, three)
    await Promise.all([one.start(), two.start()])
    await expectUsable(id)
  })

  test('by QR code that expire are logged out by any replica', async () => {
    const [one, two, three] = replicas
    const login = await scannedQr('+9996641005', one)
    await untilReady(login, two)
    const signedIn = async () =>
      (await gateways.emulator.control.keys()).filter((key) => key.account_id !== null).length
    const before = await signedIn()
    await one.kill()
    await gateways.database.db.$client`
      update temp_sessions set expires_at = now() - interval '1 second' where id = ${login}`
    expect((await call(`GET /sessions/qr/${login}/status`, undefined, three)).status).toBe(404)
    // A starting gateway looks for expired logins at once, then every 30 s.
    await one.start()
    await vi.waitFor(async () => expect(await signedIn()).toBe(before - 1), { timeout: 60_000 })
  })

  test('leave no secret in logs, responses, NATS or Postgres', async () => {
    const secrets = new Map<string, string>([
      ['wrong code', WRONG_CODE],
      ['wrong password', WRONG_PASSWORD],
      ['own api hash', API_HASH],
      ['right code', `"${CODE}"`],
      ['key', key.slice('tg_0123456789abcdef_'.length)],
    ])
    for (const name of ['SESSION_ENC_KEY', 'INTERNAL_KEY', 'TELEGRAM_API_HASH'])
      secrets.set(name, gateways.env[name] ?? '')
    const addKey = (name: string, bytes: Buffer) => {
      for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const)
        secrets.set(`${name} in ${encoding}`, bytes.toString(encoding).slice(2, 80))
    }

    const { temp_session_id, phone_code_hash } = await start('+9996621002')
    const guess = { temp_session_id, code: CODE, password: WRONG_PASSWORD }
    expect((await call('POST /sessions/verify-otp', guess)).status).toBe(400)
    await call('POST /sessions/resend-otp', { temp_session_id })
    await call('POST /sessions/cancel', { temp_session_id })
    await call('POST /sessions/qr', { session_name: 'by QR' })
    const forged = randomBytes(256)
    addKey('forged key', forged)
    const head = Buffer.from([2, 203, 0, 113, 66, 1, 187])
    const session_string = `1${Buffer.concat([head, forged]).toString('base64url')}=`
    secrets.set('session string', session_string.slice(1, 300))
    const form = new FormData()
    const fields = { name: 'x', phone_number: '+9996621440', api_id: '7', api_hash: API_HASH }
    for (const [name, value] of Object.entries({ ...fields, session_string })) form.set(name, value)
    expect((await call('POST /sessions/', form)).status).toBe(400)
    await call('POST /sessions', { ...fields, session_string, unknown: session_string })

    const login = await fetch(`${replicas[0].url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    })
    answers.push(await login.text())
    const cookie = /telegather_login=([\w-]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1]
    secrets.set('cookie', cookie ?? '')

    const { $client: sql } = gateways.database.db
    const rows = await sql<{ id: number; encrypted_auth: string }[]>`
      select id, encrypted_auth from sessions order by id`
    const ring = createKeyRing(gateways.env['SESSION_ENC_KEY'] ?? '')
    for (const { id, encrypted_auth } of rows) {
      const { keys } = Sealed.parse(JSON.parse(ring.decrypt(encrypted_auth).toString()))
      for (const [dcId, base64] of Object.entries(keys))
        addKey(`key of ${id} at ${dcId}`, Buffer.from(base64, 'base64'))
    }
    const [first] = rows
    if (!first) throw new Error('there is no session')
    const faults: readonly NewFault[] = [
      { kind: 'rpc_error', error: 'SOMETHING_NEW' },
      { kind: 'disconnect' },
      { kind: 'flood_wait', seconds: 5 },
    ]
    for (const fault of faults) {
      await placeFault(fault)
      await call(`GET /sessions/${first.id}/channels`)
      await call(`POST /sessions/${first.id}/test`)
      await call('POST /sessions/send-otp', { phone_number: '+9996621441', session_name: 'faulty' })
      await clearFaults()
    }
    for (const path of ['/sessions', '/audit', '/keys', '/auth/me']) await call(`GET ${path}`)

    const places = new Map([
      ['answers', answers.join('\n')],
      ['output', gateways.output()],
      ['NATS', tap.text()],
      ['Postgres', await dumpDatabase(sql)],
    ])
    expect(places.get('output')).toContain('http.request')
    expect(places.get('NATS')).toContain('session.created')
    expect(places.get('Postgres')).toContain('login.verified')
    for (const [what, secret] of secrets) {
      expect(secret.length, what).toBeGreaterThan(6)
      for (const [where, text] of places)
        expect(text.includes(secret), `${what} in ${where}`).toBe(false)
    }
    // The documented response contains phone_code_hash; it must not occur anywhere else.
    for (const where of ['output', 'NATS', 'Postgres'])
      expect(places.get(where)?.includes(phone_code_hash), where).toBe(false)
  })
})
