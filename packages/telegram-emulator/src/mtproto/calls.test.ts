import { deflateSync, gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { TlObject, TlValue } from '../tl/object.ts'
import { TlWriter } from '../tl/writer.ts'
import { CallLost, RpcError, type RpcCall } from './rpc.ts'
import { closeAll, GET_NEAREST, NEAREST, testCentre } from './test-centre.ts'

afterEach(closeAll)

test('large results are compressed, small results and files are not', async () => {
  const bytes = Buffer.alloc(100_000)
  const file = { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: 0, bytes }
  const text = 'long '.repeat(10_000)
  const { ready } = await testCentre(async ({ method }) =>
    method === 'upload.getFile' ? file : { ...NEAREST, country: text },
  )
  const client = await ready()
  client.send(GET_NEAREST)
  const result = { ...NEAREST, country: text }
  expect((await client.nextOf('rpc_result')).object).toMatchObject({ packed: true, result })
  const location = { _: 'inputTakeoutFileLocation' }
  client.send({ _: 'upload.getFile', location, offset: 0n, limit: 4096 })
  const answer = await client.nextOf('rpc_result')
  expect(answer.object).toMatchObject({ packed: false, result: file })
})

test('errors of the handler reach the client and the statistics', async () => {
  const { ready, centre, key, events } = await testCentre(async ({ method }) => {
    if (method === 'help.getNearestDc') throw new RpcError(420, 'FLOOD_WAIT_3')
    throw new Error('a fault')
  })
  const client = await ready()
  const codeOf = async (call: TlObject) => {
    client.send(call)
    return (await client.nextOf('rpc_result')).object['result']
  }
  expect(await codeOf(GET_NEAREST)).toMatchObject({
    _: 'rpc_error',
    error_code: 420,
    error_message: 'FLOOD_WAIT_3',
  })
  expect(await codeOf({ _: 'help.getConfig' })).toMatchObject({ error_code: 500 })
  expect(events).toMatchObject([{ name: 'rpc.failed', method: 'help.getConfig' }])
  expect(await codeOf({ _: 'inputUserSelf' })).toMatchObject({
    error_message: 'INPUT_METHOD_INVALID',
  })
  expect(centre.stats()).toEqual([
    {
      keyId: key.id,
      openConnections: 1,
      peers: ['127.0.0.1'],
      maxDistinctPeers: 1,
      duplicates: 0,
      isDestroyed: false,
      rpcs: { 'help.getNearestDc': 1, 'help.getConfig': 1 },
      errorsSent: { FLOOD_WAIT_3: 1, INTERNAL: 1, INPUT_METHOD_INVALID: 1 },
    },
  ])
})

test('a result that violates the schema becomes an INTERNAL error', async () => {
  const { ready, events } = await testCentre(async () => ({ _: 'boolTrue' }))
  const client = await ready()
  client.send(GET_NEAREST)
  const { object } = await client.nextOf('rpc_result')
  expect(object['result']).toMatchObject({ error_code: 500, error_message: 'INTERNAL' })
  expect(events).toHaveLength(1)
})

test('bytes that are not a call get an error, and the connection stays open', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  client.send(Buffer.from('0badc0de', 'hex'))
  expect((await client.nextOf('rpc_result')).object['result']).toMatchObject({
    error_message: 'INPUT_CONSTRUCTOR_INVALID',
  })
  client.send(Buffer.concat([client.encode(GET_NEAREST), Buffer.alloc(4)]))
  expect((await client.nextOf('rpc_result')).object['result']).toMatchObject({
    error_message: 'INPUT_FETCH_ERROR',
  })
  client.send(GET_NEAREST)
  expect((await client.nextOf('rpc_result')).object['result']).toEqual(NEAREST)
})

test('layer and device of the wrapping queries are stored with the key', async () => {
  const seen: RpcCall[] = []
  const { ready, key } = await testCentre(async (call) => {
    seen.push(call)
    return NEAREST
  })
  const client = await ready()
  const initConnection: TlObject = {
    _: 'initConnection',
    api_id: 17,
    device_model: 'Phone',
    system_version: '1',
    app_version: '2',
    lang_code: 'de',
    query: { _: 'invokeWithTakeout', takeout_id: 1n, query: GET_NEAREST },
  }
  const withoutUpdates = { _: 'invokeWithoutUpdates', query: initConnection }
  client.send({ _: 'invokeWithLayer', layer: 198, query: withoutUpdates })
  await client.nextOf('rpc_result')
  expect(seen[0]).toMatchObject({ method: 'help.getNearestDc', params: GET_NEAREST })
  expect(key).toMatchObject({
    layer: 198,
    apiId: 17,
    device: { model: 'Phone', systemVersion: '1', appVersion: '2', langCode: 'de' },
    receivesUpdates: false,
  })
})

test('invokeAfterMsg waits for the first call, and fails if that failed', async () => {
  const { promise, reject } = Promise.withResolvers<TlValue>()
  const { ready } = await testCentre(({ method }) =>
    method === 'help.getConfig' ? promise : Promise.resolve(NEAREST),
  )
  const client = await ready()
  const first = client.send({ _: 'help.getConfig' })
  const after = client.send({ _: 'invokeAfterMsg', msg_id: first, query: GET_NEAREST })
  const free = client.send({ _: 'invokeAfterMsgs', msg_ids: [4n], query: GET_NEAREST })
  expect((await client.nextOf('rpc_result')).object['req_msg_id']).toBe(free)
  reject(new RpcError(400, 'CHAT_INVALID'))
  expect((await client.nextOf('rpc_result')).object['req_msg_id']).toBe(first)
  expect((await client.nextOf('rpc_result')).object).toMatchObject({
    req_msg_id: after,
    result: { error_message: 'MSG_WAIT_FAILED' },
  })
})

test('rpc_drop_answer drops running and answered calls', async () => {
  const { promise, resolve } = Promise.withResolvers<TlValue>()
  const { ready } = await testCentre(({ method }) =>
    method === 'help.getConfig' ? promise : Promise.resolve(NEAREST),
  )
  const client = await ready()
  const drop = async (id: bigint) => {
    client.send({ _: 'rpc_drop_answer', req_msg_id: id })
    return (await client.nextOf('rpc_result')).object['result']
  }
  const running = client.send({ _: 'help.getConfig' })
  expect(await drop(running)).toMatchObject({ _: 'rpc_answer_dropped_running' })
  resolve(NEAREST)
  const answered = client.send(GET_NEAREST)
  const { messageId, object } = await client.nextOf('rpc_result')
  expect(object['req_msg_id']).toBe(answered)
  expect(await drop(answered)).toMatchObject({ _: 'rpc_answer_dropped', msg_id: messageId })
  expect(await drop(answered)).toMatchObject({ _: 'rpc_answer_unknown' })
})

test('temporary keys cannot be bound', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  client.send({ _: 'auth.bindTempAuthKey', encrypted_message: Buffer.alloc(64) })
  expect((await client.nextOf('rpc_result')).object['result']).toMatchObject({
    error_code: 400,
    error_message: 'TEMP_AUTH_KEY_EMPTY',
  })
})

test('gzip and zlib calls are decompressed, up to a limit', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  const sendPacked = async (packed: Buffer) => {
    const writer = new TlWriter()
    writer.int32(0x3072cfa1)
    writer.bytes(packed)
    client.send(writer.take())
    return (await client.nextOf('rpc_result')).object['result']
  }
  const call = client.encode(GET_NEAREST)
  expect(await sendPacked(gzipSync(call))).toEqual(NEAREST)
  expect(await sendPacked(deflateSync(call))).toEqual(NEAREST)
  const refused = { error_code: 400, error_message: 'INPUT_FETCH_ERROR' }
  expect(await sendPacked(gzipSync(call).subarray(4))).toMatchObject(refused)
  const bomb = client.encode({ _: 'upload.saveFilePart', bytes: Buffer.alloc(5 * 1024 * 1024) })
  expect(await sendPacked(gzipSync(bomb))).toMatchObject(refused)
})

test('a call lost with its connection runs when it is sent again', async () => {
  let calls = 0
  const centre = await testCentre(async ({ disconnect }) => {
    calls += 1
    if (calls > 1) return NEAREST
    disconnect()
    throw new CallLost()
  })
  const first = await centre.ready()
  const messageId = first.send(GET_NEAREST)
  await first.closed()
  const second = centre.connect()
  const { sessionId } = first
  second.send(GET_NEAREST, { messageId, sessionId, salt: first.salt, seqNo: 1 })
  expect((await second.nextOf('rpc_result')).object).toMatchObject({
    req_msg_id: messageId,
    result: NEAREST,
  })
  expect(calls).toBe(2)
  expect(centre.centre.stats()[0]?.errorsSent).toEqual({})
})
