import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { describe, expect, test, vi } from 'vitest'
import { control } from './control.ts'
import { faultyEmulator, refusal, STATE } from './faulty-emulator.ts'
import { sendCode } from './gramjs.ts'

const { emulator, place, placed, newClient } = faultyEmulator()

async function errorsSent(): Promise<string[]> {
  const keys = (await control(emulator(), 'GET', '/stats')) as { errors_sent: object }[]
  return keys.flatMap((key) => Object.keys(key.errors_sent))
}

const CONFIG = new Api.help.GetConfig()

function config(client: TelegramClient): Promise<Api.Config> {
  return client.invoke(CONFIG)
}

describe('an error', () => {
  test('fires for its method and account, as often as requested', async () => {
    const [client, other] = await Promise.all([newClient('+9996621001'), newClient('+9996621004')])
    const { id } = await place({
      kind: 'rpc_error',
      error: 'CHANNEL_PRIVATE',
      match: { method: 'updates.getState', account: '+9996621001' },
      count: 2,
      skip: 1,
    })
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    await expect(other.invoke(STATE)).resolves.toBeDefined()
    await expect(config(client)).resolves.toBeDefined()
    await expect(client.invoke(STATE)).rejects.toEqual(refusal('CHANNEL_PRIVATE', 400))
    await expect(client.invoke(STATE)).rejects.toEqual(refusal('CHANNEL_PRIVATE', 400))
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    expect(await placed(id)).toMatchObject({ fired: 2, kind: 'rpc_error', count: 2 })
  })

  test('fires for a namespace, a data centre, a key', async () => {
    const client = await newClient('+9996621001')
    const key = emulator().world.authKeys.ofAccount(6_000_021_001n).at(-1)
    const match = { method: 'updates.*', dc: 2, key: key?.id, peer: '127.0.0.1' }
    await place({ kind: 'rpc_error', error: 'INTERNAL', match: { ...match, dc: 4 }, count: 1 })
    await place({ kind: 'rpc_error', error: 'INTERNAL', match: { ...match, peer: '127.0.0.2' } })
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    // GramJS retries after a 500 of Telegram.
    const { id } = await place({ kind: 'rpc_error', error: 'RPC_CALL_FAIL', match, count: 1 })
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    expect(await placed(id)).toMatchObject({ fired: 1 })
  })

  test('of a login fires for the account with the number in the call', async () => {
    const client = await newClient()
    await place({
      kind: 'rpc_error',
      error: 'PHONE_PASSWORD_FLOOD',
      code: 406,
      match: { method: 'auth.sendCode', account: '+9996621001' },
    })
    await expect(sendCode(client, '+9996621001')).rejects.toEqual(
      refusal('PHONE_PASSWORD_FLOOD', 406),
    )
    await expect(sendCode(client, '+9996621004')).resolves.toBeDefined()
  })

  test.each([
    ['PEER_FLOOD', 400],
    ['SESSION_REVOKED', 401],
    ['SLOWMODE_WAIT_5', 420],
    ['USER_MIGRATE_4x', 400],
    ['CHAT_SEND_FAILED', 500],
    ['Timeout', -503],
  ])('%s has the code %i', async (error, code) => {
    const { world } = emulator()
    const call = {
      method: 'help.getConfig',
      requestedBytes: 0,
      dcId: 2,
      keyId: null,
      accountId: null,
    }
    await place({ kind: 'rpc_error', error })
    expect(world.faults.onCall(call).error).toEqual({ code, text: error })
  })
})

describe('a flood wait', () => {
  test('counts down, and counts early retries', async () => {
    const client = await newClient('+9996621001')
    const match = { method: 'updates.getState' }
    const { id } = await place({ kind: 'flood_wait', seconds: 1, match, count: 1 })
    await expect(client.invoke(STATE)).rejects.toMatchObject({ code: 420, seconds: 1 })
    await expect(client.invoke(STATE)).rejects.toMatchObject({ seconds: 1 })
    expect(await placed(id)).toMatchObject({ fired: 1, ignored_waits: 1 })
    client.floodSleepThreshold = 60
    await expect(client.invoke(STATE)).resolves.toBeDefined()
  })

  test('of downloads has an error text of its own', async () => {
    const client = await newClient('+9996621001')
    const match = { method: 'updates.getState' }
    await place({ kind: 'flood_wait', seconds: 7, premium: true, match })
    await expect(client.invoke(STATE)).rejects.toMatchObject({ code: 420, seconds: 7 })
    expect(await errorsSent()).toContain('FLOOD_PREMIUM_WAIT_7')
  })

  test('limits what an account downloads', async () => {
    const client = await newClient('+9996641001')
    const location = new Api.InputDocumentFileLocation({
      id: returnBigInt(1),
      accessHash: returnBigInt(1),
      fileReference: Buffer.alloc(0),
      thumbSize: '',
    })
    const get = () =>
      client.invoke(
        new Api.upload.GetFile({ location, offset: returnBigInt(0), limit: 1024 * 1024 }),
      )
    const kibibyte = 1024
    const { id } = await place({
      kind: 'download_limit',
      bytes_per_second: kibibyte,
      burst_bytes: 1024 * kibibyte,
    })
    await expect(get()).rejects.toEqual(refusal('FILE_ID_INVALID'))
    await expect(get()).rejects.toMatchObject({ seconds: expect.closeTo(1024, -1) })
    expect(await errorsSent()).toContainEqual(expect.stringMatching(/^FLOOD_PREMIUM_WAIT_10\d\d$/))
    expect(await placed(id)).toMatchObject({ fired: 1 })
  })
})

describe('a broken connection', () => {
  const post = new Api.messages.SendMessage({
    peer: new Api.InputPeerSelf(),
    message: 'once',
    randomId: returnBigInt(42),
  })

  test('before the call: it is not run, and the client may retry', async () => {
    const client = await newClient('+9996621005')
    const match = { method: 'messages.sendMessage' }
    const { id } = await place({ kind: 'disconnect', match, count: 1 })
    await expect(client.invoke(post)).resolves.toBeDefined()
    expect(await placed(id)).toMatchObject({ fired: 1 })
  })

  test('before the answer: it was run, so a retry is a duplicate', async () => {
    const client = await newClient('+9996621006')
    const match = { method: 'messages.sendMessage' }
    const { id } = await place({ kind: 'disconnect', at: 'answer', match, count: 1 })
    await expect(client.invoke(post)).rejects.toEqual(refusal('RANDOM_ID_DUPLICATE'))
    expect(await placed(id)).toMatchObject({ fired: 1 })
  })

  test('of all clients at once: they reconnect', async () => {
    const client = await newClient('+9996621001')
    await expect(place({ kind: 'drop_connections' })).resolves.toMatchObject({ fired: 1 })
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    const elsewhere = { peer: '127.0.0.9' }
    await expect(place({ kind: 'drop_connections', match: elsewhere })).resolves.toMatchObject({
      fired: 0,
    })
  })
})

describe('a slow connection', () => {
  test('stalls one call and no other', async () => {
    const client = await newClient('+9996621001')
    const match = { method: 'updates.getState' }
    const { id } = await place({ kind: 'stall', delay_ms: 600_000, match, count: 1 })
    let isAnswered = false
    const stalled = client.invoke(STATE).finally(() => {
      isAnswered = true
    })
    await vi.waitFor(async () => expect(await placed(id)).toMatchObject({ fired: 1 }))
    await expect(config(client)).resolves.toBeDefined()
    await expect(client.invoke(STATE)).resolves.toBeDefined()
    expect(isAnswered).toBe(false)
    void stalled.catch(() => undefined)
  })

  test('delivers responses late, in order, and completely', async () => {
    const client = await newClient('+9996621001')
    const latency = await place({ kind: 'latency', delay_ms: 50 })
    const width = await place({ kind: 'bandwidth', bytes_per_second: 4096 })
    const answers = await Promise.all([config(client), client.invoke(STATE), config(client)])
    expect(answers[0]).toEqual(answers[2])
    expect((await placed(latency.id))?.fired).toBeGreaterThanOrEqual(3)
    expect((await placed(width.id))?.fired).toBeGreaterThanOrEqual(3)
  })
})
