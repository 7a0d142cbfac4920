import { randomBytes } from 'node:crypto'
import { createLog } from '@telegather/service'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  test,
  vi,
} from 'vitest'
import { encodeFrame, type RequestHead } from '../src/calls/frame.ts'
import { ANY_SERVER, pieceBytes, pieces, readPiece } from '../src/calls/pieces.ts'
import {
  Arrivals,
  callRemote,
  CallUnanswered,
  CallUnserved,
  connectNats,
  serveCalls,
  type ArrivedCall,
  type RemoteCall,
} from '../src/index.ts'
import type { Nats } from '../src/nats.ts'
import { startCallServer } from './call-server-process.ts'
import { expectSame, sizeOf } from './call-values.ts'

const MIB = 1024 * 1024
const log = createLog({ name: 'test', level: 'silent' })

/** The caller's connection. */
let nats: Nats
/** The server's connection. */
let serverNats: Nats
let subject: string
/** Called at the end of the test, in order. */
let ends: (() => unknown)[]

beforeAll(() => {
  nats = connectNats(inject('natsUrl'), { name: 'caller', log })
  serverNats = connectNats(inject('natsUrl'), { name: 'server', log })
})
afterAll(async () => {
  await nats.close()
  await serverNats.close()
})
beforeEach(() => {
  subject = `test-${randomBytes(6).toString('hex')}.calls`
  ends = []
})
afterEach(async () => {
  for (const end of ends) await end()
})

interface ServeOptions {
  readonly epoch?: number
  readonly arrivals?: Arrivals
}

/** Serves calls over the server's connection until the test ends. */
async function serve(
  handle: (call: ArrivedCall) => Promise<unknown>,
  { epoch = 1, arrivals = new Arrivals() }: ServeOptions = {},
) {
  const connection = await serverNats.connection()
  const subscription = serveCalls(connection, subject, {
    epoch,
    handle,
    toWire: (error) => ({ name: 'Refused', message: (error as Error).message, fields: { n: 1 } }),
    arrivals,
    log,
  })
  ends.push(() => subscription.unsubscribe())
  await connection.flush()
  return subscription
}

function callIt(args: unknown, more: Partial<RemoteCall> = {}) {
  const call = { method: 'echo', timeoutMs: 10_000, isEffect: false, ...more }
  return callRemote(nats, subject, { ...call, args })
}

describe('calls over NATS', () => {
  test.each([
    ['an object', { a: [1, 'ä', null], b: { c: true } }],
    ['bytes', Buffer.from('bytes')],
    ['no bytes', Buffer.alloc(0)],
    ['bytes beside other fields', { part: 3, bytes: Buffer.from([1, 2]), more: Buffer.from([3]) }],
    ['nothing', undefined],
    ['a list', [1, 2]],
    ['6 MiB of text', { text: 'ü'.repeat(3 * MIB) }],
    ['a part of 5 MiB', { part: 3, bytes: randomBytes(5 * MIB) }],
    ['exactly one message', { bytes: randomBytes(pieceBytes() - 4 - 120) }],
  ])('%s as argument and result arrives unchanged', async (_what, value) => {
    for (const isEffect of [false, true]) {
      const received: unknown[] = []
      const subscription = await serve(async ({ args }) => (received.push(args), args), {
        epoch: 7,
      })
      const { epoch, outcome } = await callIt(value, { isEffect })
      expect(epoch).toBe(7)
      expectSame(received[0], value)
      expectSame(outcome.status === 'ok' && outcome.value, value)
      expect(received).toHaveLength(1)
      subscription.unsubscribe()
    }
  })

  test('a call ends with the error of its server', async () => {
    await serve(() => Promise.reject(new Error('no')))
    const { outcome } = await callIt({})
    const error = { name: 'Refused', message: 'no', fields: { n: 1 } }
    expect(outcome).toEqual({ status: 'failed', error })
  })

  test('a call without a subscriber and a call of 17 MiB are refused', async () => {
    for (const args of [{}, { bytes: Buffer.alloc(2 * MIB) }])
      await expect(callIt(args)).rejects.toThrow(CallUnserved)
    await expect(callIt({ bytes: Buffer.alloc(17 * MIB) })).rejects.toThrow(RangeError)
  })

  test('a call that times out is aborted at the server', async () => {
    const call = Promise.withResolvers<ArrivedCall>()
    await serve(async (arrived) => {
      call.resolve(arrived)
      await new Promise(() => undefined)
    })
    await expect(callIt({}, { timeoutMs: 10 })).rejects.toThrow(CallUnanswered)
    const { signal } = await call.promise
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
  })

  test.each([
    ['a read', false],
    ['an effect', true],
  ])('%s that its caller aborts is aborted at the server', async (_what, isEffect) => {
    const stop = new AbortController()
    const call = Promise.withResolvers<ArrivedCall>()
    await serve(async (arrived) => {
      call.resolve(arrived)
      await new Promise(() => undefined)
    })
    const made = callIt({}, { isEffect, signal: stop.signal })
    const { signal } = await call.promise
    stop.abort(new Error('enough'))
    await expect(made).rejects.toThrow('enough')
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
  })

  test('each of 20 concurrent calls gets its own answer', async () => {
    await serve(async ({ args }) => args)
    const values = Array.from({ length: 20 }, (_, n) => ({ n, bytes: Buffer.alloc(MIB, n) }))
    const answers = await Promise.all(values.map((value) => callIt(value, { isEffect: true })))
    for (const [n, { outcome }] of answers.entries())
      expectSame(outcome.status === 'ok' && outcome.value, values[n])
  })

  test('one of two servers receives and answers a call in several pieces', async () => {
    let count = 0
    const value = { bytes: randomBytes(3 * MIB) }
    for (const epoch of [1, 2]) await serve(async ({ args }) => (count++, args), { epoch })
    const { outcome } = await callIt(value, { isEffect: true })
    expectSame(outcome.status === 'ok' && outcome.value, value)
    expect(count).toBe(1)
  })

  test('a server answers calls after invalid messages', async () => {
    await serve(async () => 'answer')
    const connection = await nats.connection()
    const cancel = (server: number) => [...pieces(encodeFrame({ type: 'cancel' }), server, 1000)]
    for (const message of [
      Buffer.from('no call'),
      Buffer.alloc(0),
      ...cancel(ANY_SERVER),
      ...cancel(3),
    ]) {
      connection.publish(subject, message, { reply: 'nowhere' })
      connection.publish(subject, message)
    }
    expect((await callIt({})).outcome).toEqual({ status: 'ok', value: 'answer' })
  })
})

describe('effects', () => {
  test('an effect that a frozen process did not confirm is not carried out after the freeze', async () => {
    const server = await startServer()
    server.freeze()
    await expect(callIt({}, { method: 'effect', isEffect: true })).rejects.toThrow(CallUnserved)
    await expect(callIt({}, { method: 'read' })).rejects.toThrow(CallUnserved)
    server.thaw()
    await callIt({}, { method: 'last' })
    expect(server.calls).toEqual(['read', 'last'])
  })

  test('an effect whose process dies during it is unanswered and not repeated', async () => {
    const first = await startServer()
    const second = await startServer()
    const made = callIt({}, { method: 'hang', isEffect: true, timeoutMs: 500 })
    made.catch(() => undefined)
    const carriedOut = () => [...first.calls, ...second.calls].toSorted()
    await vi.waitFor(() => expect(carriedOut()).toEqual(['hang']))
    const [dying] = first.calls.length > 0 ? [first] : [second]
    await dying?.kill()
    await expect(made).rejects.toThrow(CallUnanswered)
    await callIt({}, { method: 'last' })
    await vi.waitFor(() => expect(carriedOut()).toEqual(['hang', 'last']))
  })

  test('an effect whose pieces arrive twice is carried out once', async () => {
    const received: number[] = []
    await serve(async ({ args }) => received.push(sizeOf(args)))
    const caller = await sendByHand({ bytes: Buffer.alloc(2 * MIB, 1) })
    for (const piece of caller.pieces) for (const again of [piece, piece]) caller.send(again)
    for (const piece of caller.pieces) caller.send(piece)
    await callIt({}, { isEffect: true })
    expect(received).toEqual([2 * MIB, 0])
  })

  test('an effect with a lost piece is refused and never carried out', async () => {
    const received: number[] = []
    await serve(async ({ args }) => received.push(sizeOf(args)))
    const caller = await sendByHand({ bytes: Buffer.alloc(3 * MIB) })
    const [first, , ...others] = caller.pieces
    for (const piece of [first, ...others]) if (piece) caller.send(piece)
    await vi.waitFor(() => expect(caller.answers).toEqual(['accepted', 'refused']))
    for (const piece of caller.pieces) caller.send(piece)
    await callIt({})
    expect(received).toEqual([0])
  })

  test('an effect with more bytes than announced is refused', async () => {
    const received: number[] = []
    await serve(async ({ args }) => received.push(sizeOf(args)))
    const caller = await sendByHand({ bytes: Buffer.alloc(2 * MIB) }, 1000)
    for (const piece of caller.pieces) caller.send(piece)
    await vi.waitFor(() => expect(caller.answers).toEqual(['accepted', 'refused']))
    expect(received).toEqual([])
  })

  test.each(['dies', 'gives up'])(
    'an incomplete effect whose caller %s frees its reserved memory',
    async (how) => {
      const received: number[] = []
      const idleMs = how === 'dies' ? 1_000 : 600_000
      const arrivals = new Arrivals({ maxBytes: 3 * MIB, idleMs })
      await serve(async ({ args }) => received.push(sizeOf(args)), { arrivals })
      const caller = await sendByHand({ bytes: Buffer.alloc(2 * MIB) })
      const [first, ...others] = caller.pieces
      if (first) caller.send(first)
      const second = () => callIt({ bytes: Buffer.alloc(2 * MIB - 1) })
      await expect(second()).rejects.toThrow(CallUnserved)
      if (how === 'gives up') caller.cancel()
      await vi.waitFor(second, { timeout: 10_000 })
      for (const piece of others) caller.send(piece)
      await callIt({})
      expect(received).toEqual([2 * MIB - 1, 0])
    },
  )

  test('an incomplete effect frees its reserved memory when its server closes', async () => {
    const arrivals = new Arrivals({ maxBytes: 3 * MIB, idleMs: 600_000 })
    const ending = await serve(async () => null, { arrivals })
    const caller = await sendByHand({ bytes: Buffer.alloc(2 * MIB) })
    await ending.drain()
    for (const piece of caller.pieces) caller.send(piece)
    await serve(async () => 'next', { arrivals })
    const { outcome } = await callIt({ bytes: Buffer.alloc(2 * MIB) })
    expect(outcome).toEqual({ status: 'ok', value: 'next' })
  })
})

async function startServer() {
  const server = await startCallServer(inject('natsUrl'), subject)
  ends.push(() => server.kill())
  return server
}

/** Offers an effect, and leaves the order and number of its pieces to the test. */
async function sendByHand(args: unknown, announced?: number) {
  const connection = await nats.connection()
  const reply = `${subject}.reply`
  const answers: string[] = []
  const accepted = Promise.withResolvers<number>()
  const replies = connection.subscribe(reply, {
    callback(_error, { data }) {
      // NATS sends an empty answer when no process subscribes to the subject.
      if (data.length === 0) return
      const { server, data: frame } = readPiece(data)
      answers.push(/"type":"(\w+)"/.exec(Buffer.from(frame).toString())?.[1] ?? '')
      accepted.resolve(server)
    },
  })
  ends.push(() => replies.unsubscribe())
  const frame = encodeFrame({ type: 'call', method: 'echo', timeoutMs: 10_000 }, args)
  const bytes = announced ?? frame.reduce((sum, { length }) => sum + length, 0)
  const send = (message: Uint8Array) => connection.publish(subject, message, { reply })
  const sendFrame = (head: RequestHead) => {
    for (const piece of pieces(encodeFrame(head), ANY_SERVER, pieceBytes())) send(piece)
  }
  sendFrame({ type: 'offer', bytes })
  const server = await accepted.promise
  return {
    answers,
    send,
    pieces: [...pieces(frame, server, pieceBytes())],
    cancel: () => sendFrame({ type: 'cancel' }),
  }
}
