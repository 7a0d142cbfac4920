import { createPublicKey } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api, TelegramClient } from 'telegram/index.js'
import * as RSA from 'telegram/crypto/RSA.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import {
  ConnectionTCPAbridged,
  ConnectionTCPFull,
  ConnectionTCPObfuscated,
} from 'telegram/network/index.js'
import { StringSession } from 'telegram/sessions/index.js'
import { loadSchemas } from '../tl/layers.ts'
import type { TlObject, TlValue } from '../tl/object.ts'
import { memoryAuthKeys, type AuthKeyStore } from './auth-key.ts'
import { startDataCentre, type DataCentre, type DataCentreEvent } from './data-centre.ts'
import { RpcError, type RpcCall } from './rpc.ts'
import { generateRsaKey } from './rsa.ts'

const schema = loadSchemas()
const rsaKey = generateRsaKey()
const opened: { close(): Promise<void> }[] = []

RSA._serverKeys.clear()
const { n = '' } = createPublicKey(rsaKey.publicKeyPem).export({ format: 'jwk' })
RSA._serverKeys.set(rsaKey.fingerprint.toString(), {
  n: returnBigInt(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)),
  e: 65537,
})

afterEach(async () => {
  for (const resource of opened.splice(0).toReversed()) await resource.close()
})

const CONFIG: TlObject = {
  _: 'config',
  this_dc: 2,
  dc_options: [],
  me_url_prefix: 'https://t.me/',
  dc_txt_domain_name: '',
  reactions_default: { _: 'reactionEmoji', emoticon: '👍' },
}

const ME: TlObject = { _: 'user', id: 7n, self: true, first_name: 'Nora', access_hash: 9n }

async function answer(call: RpcCall): Promise<TlValue> {
  if (call.method === 'help.getConfig') return CONFIG
  if (call.method === 'users.getUsers') return [ME]
  if (call.method === 'help.getNearestDc') {
    return { _: 'nearestDc', country: 'DE', this_dc: call.dcId, nearest_dc: call.dcId }
  }
  throw new RpcError(400, 'METHOD_INVALID')
}

async function centre(
  handle: (call: RpcCall) => Promise<TlValue> = answer,
  options: { keys?: AuthKeyStore; port?: number; onEvent?: (event: DataCentreEvent) => void } = {},
): Promise<DataCentre> {
  const started = await startDataCentre({
    id: 2,
    host: '127.0.0.1',
    port: 0,
    rsaKey,
    keys: memoryAuthKeys(),
    schema,
    handle,
    ...options,
  })
  opened.push(started)
  return started
}

function clientOf(
  port: number,
  session = new StringSession(''),
  Transport = ConnectionTCPFull,
): TelegramClient {
  class Connection extends Transport {
    constructor(args: ConstructorParameters<typeof ConnectionTCPFull>[0]) {
      super({ ...args, ip: '127.0.0.1', port })
    }
  }
  if (session.dcId === 0) session.setDC(2, '127.0.0.1', 443)
  const options = {
    connection: Connection,
    connectionRetries: 3,
    baseLogger: new Logger(LogLevel.NONE),
    // The constructor reads another option name than its type declares.
    securityChecks: true,
  }
  const client = new TelegramClient(session, 1, 'hash', options)
  opened.push({ close: () => client.destroy() })
  return client
}

test('GramJS creates a key, initialises the connection and makes calls', async () => {
  const calls: RpcCall[] = []
  const dc = await centre(async (call) => {
    calls.push(call)
    return answer(call)
  })
  const client = clientOf(dc.port)
  await client.connect()
  const nearest = await client.invoke(new Api.help.GetNearestDc())
  expect(nearest).toMatchObject({ country: 'DE', thisDc: 2 })
  expect(calls[0]?.key).toMatchObject({ layer: 198, apiId: 1, receivesUpdates: true })
})

test('one key can have several connections at once', async () => {
  const dc = await centre()
  const first = clientOf(dc.port)
  await first.connect()
  const saved = first.session as StringSession
  const second = clientOf(dc.port, new StringSession(saved.save()))
  await second.connect()
  const answers = await Promise.all(
    [first, second, first, second].map((client) => client.invoke(new Api.help.GetNearestDc())),
  )
  expect(answers).toHaveLength(4)
  expect(dc.stats()).toMatchObject([
    { openConnections: 2, peers: ['127.0.0.1'], rpcs: { 'help.getNearestDc': 4 } },
  ])
})

test('after a lost connection GramJS reuses its key, and the server knows its layer', async () => {
  const layers: (number | null)[] = []
  const dc = await centre(async (call) => {
    if (call.method === 'help.getNearestDc') layers.push(call.key.layer)
    return answer(call)
  })
  const client = clientOf(dc.port)
  await client.connect()
  await client.invoke(new Api.help.GetNearestDc())
  const [statistics] = dc.stats()
  dc.closeConnections(({ keyId }) => keyId === statistics?.keyId)
  await vi.waitFor(() => expect(dc.stats()).toMatchObject([{ openConnections: 0 }]))
  await client.invoke(new Api.help.GetNearestDc())
  expect(layers).toEqual([198, 198])
  expect(dc.stats()).toHaveLength(1)
})

test('keys outlive the data centre', async () => {
  const keys = memoryAuthKeys()
  const before = await centre(answer, { keys })
  const client = clientOf(before.port)
  await client.connect()
  const saved = (client.session as StringSession).save()
  await client.destroy()
  await before.close()
  opened.length = 0
  const after = await centre(answer, { keys })
  await clientOf(after.port, new StringSession(saved)).connect()
  expect(after.stats()).toMatchObject([{ keyId: before.stats()[0]?.keyId }])
})

test('large requests and large responses are transferred', async () => {
  const users = Array.from({ length: 2000 }, (_, index) => ({
    ...ME,
    self: undefined,
    id: BigInt(index + 1),
    first_name: `Nora ${index}`,
  }))
  let received = 0
  const dc = await centre(async (call) => {
    if (call.method === 'upload.saveFilePart') {
      received += (call.params['bytes'] as Buffer).length
      return true
    }
    return call.method === 'users.getUsers' ? users : answer(call)
  })
  const client = clientOf(dc.port)
  await client.connect()
  const answers = await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }))
  expect(answers.map((user) => (user as Api.User).firstName)).toEqual(
    users.map((user) => user.first_name),
  )
  const part = new Api.upload.SaveFilePart({
    fileId: returnBigInt(5),
    filePart: 0,
    bytes: Buffer.alloc(512 * 1024, 7),
  })
  expect(await client.invoke(part)).toBe(true)
  expect(received).toBe(512 * 1024)
})

test('errors arrive as GramJS error classes', async () => {
  const dc = await centre(async (call) => {
    if (call.method === 'help.getNearestDc') throw new RpcError(420, 'FLOOD_WAIT_300')
    return answer(call)
  })
  const client = clientOf(dc.port)
  await client.connect()
  await expect(client.invoke(new Api.help.GetNearestDc())).rejects.toMatchObject({ seconds: 300 })
})

test.each([
  ['abridged', ConnectionTCPAbridged],
  ['obfuscated', ConnectionTCPObfuscated],
])('GramJS over its %s transport', async (_name, Transport) => {
  const dc = await centre()
  const transport = Transport as unknown as typeof ConnectionTCPFull
  const client = clientOf(dc.port, new StringSession(''), transport)
  await client.connect()
  expect(await client.invoke(new Api.help.GetNearestDc())).toMatchObject({ country: 'DE' })
})
