import * as fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { sealEnvelope } from './envelope.ts'
import { fullFraming } from './framing/full.ts'
import {
  closeAll,
  GET_NEAREST,
  NEAREST,
  schema,
  testCentre,
  type TestCentre,
} from './test-centre.ts'
import type { TestClient } from './test-client.ts'

afterEach(closeAll)

const mutation = fc.record({
  position: fc.nat(),
  byte: fc.nat(255),
  operation: fc.constantFrom('set', 'cut', 'insert'),
})

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutate(bytes: Buffer, { position, byte, operation }: Mutation): Buffer {
  const at = position % Math.max(1, bytes.length)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  if (operation === 'cut') return head
  const rest = operation === 'set' ? tail.subarray(1) : tail
  return Buffer.concat([head, Buffer.of(byte), rest])
}

/** Messages of all kinds, in an order in which a client may send them. */
const BODIES: readonly Buffer[] = [
  GET_NEAREST,
  {
    _: 'invokeWithLayer',
    layer: 198,
    query: { _: 'invokeAfterMsg', msg_id: 1n, query: GET_NEAREST },
  },
  { _: 'msgs_ack', msg_ids: [1n, 2n, 3n] },
  { _: 'ping_delay_disconnect', ping_id: 1n, disconnect_delay: 75 },
  { _: 'msgs_state_req', msg_ids: [1n, 2n, 3n] },
  { _: 'rpc_drop_answer', req_msg_id: 1n },
  { _: 'users.getUsers', id: [{ _: 'inputUserSelf' }, { _: 'inputUser', user_id: 1n }] },
  { _: 'upload.saveFilePart', file_id: 1n, file_part: 0, bytes: Buffer.alloc(300) },
].map((object) => schema.layer(null).encode(object))

async function stillServes({ ready, events }: TestCentre): Promise<void> {
  const client = await ready()
  client.send(GET_NEAREST)
  expect((await client.nextOf('rpc_result')).object['result']).toEqual(NEAREST)
  await client.close()
  expect(events.filter(({ name }) => name === 'connection.failed')).toEqual([])
}

/** Sends one payload or frame on a connection of its own, and waits for the connection to close. */
async function sendAlone(centre: TestCentre, bytes: Buffer): Promise<void> {
  const client = centre.connect()
  client.socket.end(bytes)
  client.socket.resume()
  await client.closed()
}

async function sendAll(centre: TestCentre, frames: readonly Buffer[]): Promise<void> {
  for (let index = 0; index < frames.length; index += 50) {
    const batch = frames.slice(index, index + 50)
    await Promise.all(batch.map((bytes) => sendAlone(centre, bytes)))
  }
}

test('5000 mutated frames and payloads cost one connection each at most', async () => {
  const centre = await testCentre()
  const client = centre.connect()
  const frameOf = (payload: Buffer) => Buffer.concat(fullFraming().write(payload))
  const samples = fc.sample(fc.tuple(fc.constantFrom(...BODIES), mutation, fc.boolean()), 5000)
  const frames = samples.map(([body, change, isFramed]) => {
    const messageId = client.nextMessageId()
    const envelope = { salt: 1n, sessionId: 1n, messageId, seqNo: 1, body }
    const payload = sealEnvelope(centre.key, envelope, 'client')
    return isFramed ? mutate(frameOf(payload), change) : frameOf(mutate(payload, change))
  })
  await sendAll(centre, frames)
  await stillServes(centre)
  await vi.waitFor(() => expect(centre.centre.stats()).toMatchObject([{ openConnections: 0 }]))
})

test('1000 mutated handshake messages cost one connection each at most', async () => {
  const centre = await testCentre()
  const nonces = { nonce: Buffer.alloc(16, 1), server_nonce: Buffer.alloc(16, 2) }
  const bodies = [
    { _: 'req_pq_multi', nonce: nonces.nonce },
    { _: 'req_DH_params', ...nonces, encrypted_data: Buffer.alloc(256, 3) },
    { _: 'set_client_DH_params', ...nonces, encrypted_data: Buffer.alloc(304, 4) },
  ].map((object) => schema.layer(null).encode(object))
  const samples = fc.sample(fc.tuple(fc.constantFrom(...bodies), mutation), 1000)
  const frames = samples.map(([body, change]) => {
    const header = Buffer.alloc(20)
    header.writeUInt32LE(body.length, 16)
    const payload = mutate(Buffer.concat([header, body]), change)
    return Buffer.concat(fullFraming().write(payload))
  })
  await sendAll(centre, frames)
  await stillServes(centre)
})

test('5000 mutated messages inside valid frames are answered or refused', async () => {
  const centre = await testCentre()
  const samples = fc.sample(fc.tuple(fc.constantFrom(...BODIES), mutation), 5000)
  let client = await centre.ready()
  for (const [index, [body, change]] of samples.entries()) {
    if (client.socket.closed) client = await centre.ready()
    const mutated = mutate(body, change)
    const whole = mutated.subarray(0, mutated.length - (mutated.length % 4))
    if (whole.length > 0) client.send(whole)
    if (index % 100 === 0) await settled(client)
  }
  await settled(client)
  await stillServes(centre)
})

/** Waits until everything sent so far was processed, or the connection was closed. */
async function settled(client: TestClient): Promise<void> {
  const id = client.send({ _: 'ping', ping_id: 0n })
  while (!client.socket.closed) {
    const { object } = await client.next().catch(() => ({ object: null }))
    if (object?.['msg_id'] === id) return
  }
}
