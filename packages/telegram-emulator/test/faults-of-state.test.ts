import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Raw } from 'telegram/events/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { LAYER } from 'telegram/tl/AllTLObjects.js'
import { Api } from 'telegram/tl/index.js'
import { describe, expect, test, vi } from 'vitest'
import { control } from './control.ts'
import { faultyEmulator, refusal, STATE } from './faulty-emulator.ts'
import { sendCode, signIn } from './gramjs.ts'

const { emulator, place, placed, newClient } = faultyEmulator()

describe('a login', () => {
  test('is revoked', async () => {
    const client = await newClient('+9996621001')
    const match = { account: '+9996621001' }
    await place({ kind: 'revoke_session', match })
    await expect(client.invoke(STATE)).rejects.toEqual(refusal('SESSION_REVOKED', 401))
    await signIn(client, '+9996621001')
    await place({ kind: 'revoke_session', answer: 'AUTH_KEY_UNREGISTERED', match })
    await expect(client.invoke(STATE)).rejects.toEqual(refusal('AUTH_KEY_UNREGISTERED', 401))
  })

  test('is banned while the fault is active', async () => {
    const client = await newClient('+9996621004')
    const { id } = await place({ kind: 'ban_account', match: { account: '+9996621004' } })
    await expect(client.invoke(STATE)).rejects.toEqual(refusal('USER_DEACTIVATED_BAN', 401))
    await expect(sendCode(await newClient(), '+9996621004')).rejects.toEqual(
      refusal('PHONE_NUMBER_BANNED', 400),
    )
    expect(await placed(id)).toMatchObject({ fired: 2 })
    await control(emulator(), 'DELETE', `/faults/${id}`)
    await expect(client.invoke(STATE)).resolves.toBeDefined()
  })

  test('loses its key', async () => {
    const client = await newClient('+9996621007')
    const { id: userId } = await client.getMe()
    await expect(
      place({ kind: 'forget_key', match: { account: String(userId) } }),
    ).resolves.toMatchObject({ fired: 1 })
    expect(emulator().world.authKeys.ofAccount(BigInt(String(userId)))).toEqual([])
    const stats = (await control(emulator(), 'GET', '/stats')) as { destroyed: boolean }[]
    expect(stats).toContainEqual(expect.objectContaining({ destroyed: true }))
  })
})

test('a data centre that has forgotten initConnection refuses calls until the next one', async () => {
  const client = await newClient('+9996621003')
  const { id: userId } = await client.getMe()
  await place({ kind: 'forget_connection', match: { account: String(userId) } })
  await expect(client.invoke(STATE)).rejects.toEqual(refusal('CONNECTION_NOT_INITED', 400))
  await expect(client.invoke(STATE)).rejects.toEqual(refusal('CONNECTION_NOT_INITED', 400))
  const query = new Api.InvokeWithLayer({
    layer: LAYER,
    query: new Api.InitConnection({
      apiId: 1,
      deviceModel: 'test',
      systemVersion: '1',
      appVersion: '1',
      systemLangCode: 'en',
      langPack: '',
      langCode: 'en',
      query: STATE,
    }),
  })
  await client.invoke(query)
  await expect(client.invoke(STATE)).resolves.toBeDefined()
})

test('clock skew applies to one data centre only', async () => {
  const client = await newClient('+9996621003')
  await place({ kind: 'clock', offset_seconds: 20, match: { dc: 2 } })
  const { date } = await client.invoke(new Api.help.GetConfig())
  expect(date - Date.now() / 1000).toBeGreaterThan(18)
  await control(emulator(), 'DELETE', '/faults')
  await place({ kind: 'clock', offset_seconds: 20, match: { dc: 4 } })
  const { date: other } = await client.invoke(new Api.help.GetConfig())
  expect(Math.abs(other - Date.now() / 1000)).toBeLessThan(2)
})

describe('updates', () => {
  async function receiver(phone: string): Promise<{ client: TelegramClient; texts: string[] }> {
    const client = await newClient(phone)
    const texts: string[] = []
    client.addEventHandler(
      (update: Api.UpdateShortMessage) => void texts.push(update.message),
      new Raw({ types: [Api.UpdateShortMessage] }),
    )
    await client.invoke(STATE)
    return { client, texts }
  }

  async function send(client: TelegramClient, to: Api.TypeInputPeer, text: string): Promise<void> {
    await client.invoke(
      new Api.messages.SendMessage({
        peer: to,
        message: text,
        randomId: returnBigInt(Math.floor(Math.random() * 1e15)),
      }),
    )
  }

  async function peerOf(client: TelegramClient, of: TelegramClient): Promise<Api.TypeInputPeer> {
    const { username } = await of.getMe()
    return client.getInputEntity(username ?? '')
  }

  test('can be dropped, but are in the difference', async () => {
    const { client, texts } = await receiver('+9996621010')
    const before = await client.invoke(STATE)
    const sender = await newClient('+9996621011')
    const peer = await peerOf(sender, client)
    const match = { account: '+9996621010' }
    const { id } = await place({ kind: 'drop_update', match, count: 1 })
    await send(sender, peer, 'lost')
    await send(sender, peer, 'told')
    await vi.waitFor(() => expect(texts).toEqual(['told']))
    expect(await placed(id)).toMatchObject({ fired: 1 })
    const difference = (await client.invoke(
      new Api.updates.GetDifference({ pts: before.pts, date: before.date, qts: before.qts }),
    )) as Api.updates.Difference
    expect(difference.newMessages).toMatchObject([{ message: 'lost' }, { message: 'told' }])
  })

  test('can be reordered, but all arrive', async () => {
    const { client, texts } = await receiver('+9996621012')
    const sender = await newClient('+9996621013')
    const peer = await peerOf(sender, client)
    const match = { account: '+9996621012' }
    const window = await place({ kind: 'reorder_updates', window: 3, match, count: 2 })
    for (const text of ['1', '2', '3', '4']) await send(sender, peer, text)
    await vi.waitFor(() => expect(texts).toEqual(['3', '2', '1']))
    await control(emulator(), 'DELETE', `/faults/${window.id}`)
    await vi.waitFor(() => expect(texts).toEqual(['3', '2', '1', '4']))
  })
})

describe('file references', () => {
  async function documentIn(client: TelegramClient, id: number): Promise<Api.Document> {
    const [message] = await client.getMessages('some_posts', { ids: [id] })
    if (!(message?.document instanceof Api.Document)) throw new Error('the post has a document')
    return message.document
  }

  function get(client: TelegramClient, document: Api.Document): Promise<unknown> {
    const { id, accessHash, fileReference, dcId } = document
    const location = new Api.InputDocumentFileLocation({
      id,
      accessHash,
      fileReference,
      thumbSize: '',
    })
    const request = new Api.upload.GetFile({ location, offset: returnBigInt(0), limit: 4096 })
    return client.invoke(request, dcId)
  }

  const EXPIRED = refusal('FILE_REFERENCE_EXPIRED')

  test('can all be expired', async () => {
    const client = await newClient('+9996641002')
    const [ten, thirty] = [await documentIn(client, 10), await documentIn(client, 30)]
    await expect(get(client, ten)).resolves.toBeDefined()
    await place({ kind: 'expire_file_references' })
    await expect(get(client, ten)).rejects.toEqual(EXPIRED)
    await expect(get(client, thirty)).rejects.toEqual(EXPIRED)
    await expect(get(client, await documentIn(client, 10))).resolves.toBeDefined()
  })

  test('of one message or of one file can be expired', async () => {
    const client = await newClient('+9996641002')
    const [ten, thirty] = [await documentIn(client, 10), await documentIn(client, 30)]
    const ofMessage = { kind: 'expire_file_references', chat: '-1000000008001', message_id: 10 }
    expect(await place(ofMessage)).toMatchObject({ fired: 1 })
    await expect(get(client, ten)).rejects.toEqual(EXPIRED)
    await expect(get(client, thirty)).resolves.toBeDefined()
    await expect(get(client, await documentIn(client, 10))).resolves.toBeDefined()
    await place({ kind: 'expire_file_references', file_id: String(thirty.id) })
    await expect(get(client, thirty)).rejects.toEqual(EXPIRED)
  })

  test('have the lifetime that was set', async () => {
    const client = await newClient('+9996641002')
    const ten = await documentIn(client, 10)
    await control(emulator(), 'PATCH', '/file-references', { life_seconds: 1 })
    await vi.waitFor(() => expect(get(client, ten)).rejects.toEqual(EXPIRED), 10_000)
    await control(emulator(), 'PATCH', '/file-references', { life_seconds: 86_400 })
    await expect(get(client, await documentIn(client, 10))).resolves.toBeDefined()
  })
})

describe('invalid faults are refused with a reason', () => {
  test.each([
    [{ kind: 'earthquake' }, 400],
    [{ kind: 'rpc_error' }, 400],
    [{ kind: 'latency', delay_ms: 1, match: { method: 'help.getConfig' } }, 400],
    [{ kind: 'ban_account', match: {} }, 400],
    [{ kind: 'stall', delay_ms: 1, match: { account: 'nobody_here' } }, 404],
    [{ kind: 'expire_file_references', chat: '8001' }, 400],
    [{ kind: 'expire_file_references', chat: '8001', message_id: 1 }, 404],
  ])('%j → %i', async (fault, status) => {
    const response = await fetch(`${emulator().controlUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify(fault),
    })
    expect(response.status).toBe(status)
  })

  test('nor removed', async () => {
    const response = await fetch(`${emulator().controlUrl}/faults/999`, { method: 'DELETE' })
    expect(response.status).toBe(404)
  })
})
