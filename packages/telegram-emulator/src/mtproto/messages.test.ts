import { gzipSync } from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import type { TlObject, TlValue } from '../tl/object.ts'
import { TlWriter } from '../tl/writer.ts'
import type { RpcHandler } from './rpc.ts'
import { closeAll, GET_NEAREST, NEAREST, testCentre } from './test-centre.ts'
import type { TestClient } from './test-client.ts'

afterEach(closeAll)

function container(client: TestClient, messages: readonly Buffer[], ids: bigint[] = []): Buffer {
  const writer = new TlWriter()
  writer.int32(0x73f1f8dc)
  writer.int32(messages.length)
  for (const body of messages) {
    const id = client.nextMessageId()
    ids.push(id)
    writer.int64(id)
    writer.int32(client.nextSeqNo(true))
    writer.int32(body.length)
    writer.raw(body)
  }
  return writer.take()
}

test('a wrong salt is corrected, a new session announced, a call answered', async () => {
  const { connect } = await testCentre()
  const client = connect()
  const refused = client.send(GET_NEAREST)
  const correction = await client.next()
  expect(correction.object).toMatchObject({
    _: 'bad_server_salt',
    bad_msg_id: refused,
    bad_msg_seqno: 1,
    error_code: 48,
  })
  client.salt = correction.object['new_server_salt'] as bigint
  const id = client.send(GET_NEAREST)
  const created = await client.next()
  expect(created.object).toMatchObject({
    _: 'new_session_created',
    first_msg_id: id,
    server_salt: client.salt,
  })
  const result = await client.next()
  expect(result.object).toMatchObject({ _: 'rpc_result', req_msg_id: id, result: NEAREST })
  expect([correction, created, result].map(({ messageId }) => messageId & 3n)).toEqual([1n, 3n, 1n])
  expect([correction, created, result].map(({ seqNo }) => seqNo)).toEqual([0, 1, 3])
  expect(correction.messageId < created.messageId && created.messageId < result.messageId).toBe(
    true,
  )
})

test.each([
  { ahead: 600, code: 16 },
  { ahead: -600, code: 17 },
])('a data centre $ahead s ahead refuses messages by its own clock', async ({ ahead, code }) => {
  const wrongTimes = vi.fn<() => void>()
  const clock = () => Date.now() + ahead * 1000
  const { connect } = await testCentre(undefined, { clock, onWrongTime: wrongTimes })
  const client = connect()
  const refused = client.send(GET_NEAREST)
  const { object, messageId } = await client.next()
  expect(object).toMatchObject({
    _: 'bad_msg_notification',
    bad_msg_id: refused,
    error_code: code,
  })
  expect(Number(messageId >> 32n) - Date.now() / 1000).toBeCloseTo(ahead, -1)
  expect(wrongTimes).toHaveBeenCalledTimes(1)
})

test('a wrong salt on a container names the container', async () => {
  const { connect } = await testCentre()
  const client = connect()
  const body = container(client, [client.encode(GET_NEAREST)])
  const id = client.send(body, { seqNo: client.nextSeqNo(false) })
  expect((await client.next()).object).toMatchObject({ _: 'bad_server_salt', bad_msg_id: id })
})

test('every message of a container is answered, and gzip is accepted everywhere', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  const packed = new TlWriter()
  packed.int32(0x3072cfa1)
  packed.bytes(gzipSync(client.encode(GET_NEAREST)))
  const ids: bigint[] = []
  const ping = client.encode({ _: 'ping', ping_id: 5n })
  const wrapped: TlObject = { _: 'invokeWithLayer', layer: 198, query: GET_NEAREST }
  const messages = [ping, client.encode(wrapped), packed.take()]
  client.send(container(client, messages, ids), { seqNo: client.nextSeqNo(false) })
  expect((await client.nextOf('pong')).object).toMatchObject({ msg_id: ids[0], ping_id: 5n })
  for (const id of ids.slice(1)) {
    expect((await client.nextOf('rpc_result')).object).toMatchObject({
      req_msg_id: id,
      result: NEAREST,
    })
  }
})

test('a container in a container is refused as a whole', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  const inner = container(client, [client.encode(GET_NEAREST)])
  const id = client.send(container(client, [inner]), { seqNo: client.nextSeqNo(false) })
  expect((await client.nextOf('bad_msg_notification')).object).toMatchObject({
    bad_msg_id: id,
    error_code: 64,
  })
})

test.each([
  [16, 'too low', (id: bigint) => id - (310n << 32n)],
  [17, 'too high', (id: bigint) => id + (60n << 32n)],
  [18, 'is not a multiple of four', (id: bigint) => id + 1n],
])('bad_msg_notification %i: a message id %s', async (code, _name, change) => {
  const { ready } = await testCentre()
  const client = await ready()
  const messageId = change(client.nextMessageId())
  client.send(GET_NEAREST, { messageId })
  expect((await client.nextOf('bad_msg_notification')).object).toMatchObject({
    bad_msg_id: messageId,
    error_code: code,
  })
})

test('calls need odd sequence numbers; other messages may have any', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  client.send(GET_NEAREST, { seqNo: 2 })
  expect((await client.nextOf('bad_msg_notification')).object).toMatchObject({ error_code: 35 })
  client.send({ _: 'msgs_ack', msg_ids: [] }, { seqNo: 3 })
  const ping = client.encode({ _: 'ping', ping_id: 7n })
  client.send(container(client, [ping]), { seqNo: 5 })
  expect((await client.next()).object).toMatchObject({ _: 'pong', ping_id: 7n })
})

test('a repeated message is not run twice, its answer is sent again until acknowledged', async () => {
  const handle = vi.fn<RpcHandler>(async () => NEAREST)
  const { ready } = await testCentre(handle)
  const client = await ready()
  const messageId = client.send(GET_NEAREST)
  const first = await client.nextOf('rpc_result')
  client.send(GET_NEAREST, { messageId, seqNo: 1 })
  const second = await client.nextOf('rpc_result')
  expect(second).toEqual(first)
  client.send({ _: 'msg_resend_req', msg_ids: [first.messageId] })
  expect(await client.nextOf('rpc_result')).toEqual(first)
  client.send({ _: 'msgs_ack', msg_ids: [first.messageId] }, { seqNo: client.nextSeqNo(false) })
  client.send(GET_NEAREST, { messageId, seqNo: 1 })
  expect((await client.next()).object).toMatchObject({ _: 'bad_msg_notification', error_code: 20 })
  expect(handle).toHaveBeenCalledTimes(1)
})

test('a session continues on another connection, where a missed answer can be requested', async () => {
  const { promise, resolve } = Promise.withResolvers<TlValue>()
  const { ready, connect } = await testCentre(() => promise)
  const first = await ready()
  const messageId = first.send(GET_NEAREST)
  await first.nextOf('new_session_created')
  await first.close()
  resolve(NEAREST)
  const { sessionId, salt } = first
  const second = connect()
  await vi.waitFor(async () => {
    second.send(GET_NEAREST, { sessionId, salt, messageId, seqNo: 1 })
    expect((await second.next()).object).toMatchObject({ req_msg_id: messageId, result: NEAREST })
  })
})

test('a call that takes long is acknowledged first', async () => {
  const { promise, resolve } = Promise.withResolvers<TlValue>()
  const { ready } = await testCentre(() => promise)
  const client = await ready()
  const id = client.send(GET_NEAREST)
  const { object, seqNo } = await client.nextOf('msgs_ack')
  expect(object['msg_ids']).toContain(id)
  expect(seqNo % 2).toBe(0)
  resolve(NEAREST)
  expect((await client.next()).object).toMatchObject({ _: 'rpc_result', req_msg_id: id })
})

test('salts and message states can be requested, and sessions destroyed', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  const request = client.send({ _: 'get_future_salts', num: 3 })
  const { object } = await client.nextOf('future_salts')
  expect(object).toMatchObject({ req_msg_id: request })
  const salts = object['salts'] as TlObject[]
  expect(salts).toHaveLength(3)
  expect(salts[0]?.['salt']).toBe(client.salt)
  client.send({ _: 'msgs_state_req', msg_ids: [request, 4n] })
  expect((await client.nextOf('msgs_state_info')).object['info']).toEqual(Buffer.from([4, 2]))
  const other = 12n
  client.send({ _: 'ping', ping_id: 1n }, { sessionId: other, seqNo: 1 })
  await client.nextOf('pong')
  client.send({ _: 'destroy_session', session_id: other })
  expect((await client.nextOf('destroy_session_ok')).object['session_id']).toBe(other)
  client.send({ _: 'destroy_session', session_id: other })
  await client.nextOf('destroy_session_none')
})
