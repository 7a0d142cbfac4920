import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../protocol-error.ts'
import { abridgedFraming } from './abridged.ts'
import { ByteQueue } from './byte-queue.ts'
import { detectFraming } from './detect.ts'
import { MAX_FRAME_BYTES, type Framing } from './framing.ts'
import { fullFraming } from './full.ts'
import { intermediateFraming, paddedIntermediateFraming } from './intermediate.ts'

function queueOf(...chunks: Buffer[]): ByteQueue {
  const queue = new ByteQueue()
  for (const chunk of chunks) queue.push(chunk)
  return queue
}

/** Length of an encrypted payload: 24 bytes and whole blocks of 16. */
const payload = fc
  .integer({ min: 2, max: 80 })
  .chain((blocks) => fc.uint8Array({ minLength: 24 + blocks * 16, maxLength: 24 + blocks * 16 }))
  .map((bytes) => Buffer.concat([Buffer.of(1), Buffer.from(bytes).subarray(1)]))

/** The first bytes that a client sends, and its framing after these. */
const CLIENTS: Record<string, () => { start: Buffer; framing: Framing }> = {
  full: () => ({ start: Buffer.alloc(0), framing: fullFraming() }),
  abridged: () => ({ start: Buffer.of(0xef), framing: abridgedFraming() }),
  intermediate: () => ({ start: Buffer.alloc(4, 0xee), framing: intermediateFraming() }),
  'padded intermediate': () => ({
    start: Buffer.alloc(4, 0xdd),
    framing: paddedIntermediateFraming(),
  }),
  'obfuscated abridged': () => obfuscatedClient(0xef, abridgedFraming()),
  'obfuscated intermediate': () => obfuscatedClient(0xee, intermediateFraming()),
  'obfuscated padded': () => obfuscatedClient(0xdd, paddedIntermediateFraming()),
}

function obfuscatedClient(tag: number, inner: Framing): { start: Buffer; framing: Framing } {
  const header = Buffer.concat([Buffer.of(1), randomBytes(63)])
  header.fill(tag, 56, 60)
  const cipher = createCipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56))
  const start = Buffer.concat([header.subarray(0, 56), cipher.update(header).subarray(56)])
  const write = (bytes: Buffer) => inner.write(bytes).map((part) => cipher.update(part))
  const reversed = Buffer.from(header.subarray(8, 56).toReversed())
  const decipher = createDecipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32))
  const plain = new ByteQueue()
  const read = (input: ByteQueue) => {
    plain.push(decipher.update(input.take(input.length)))
    return inner.read(plain)
  }
  return { start, framing: { read, write, quickAcks: null } }
}

function readAll(framing: Framing, queue: ByteQueue): Buffer[] {
  const payloads: Buffer[] = []
  for (let next = framing.read(queue); next !== null; next = framing.read(queue))
    payloads.push(next)
  return payloads
}

test.each(Object.keys(CLIENTS))('%s: payloads are restored from chunks of any size', (name) => {
  const cut = fc.integer({ min: 1, max: 300 })
  fc.assert(
    fc.property(fc.array(payload, { minLength: 1, maxLength: 5 }), cut, (sent, length) => {
      const client = CLIENTS[name]?.()
      if (client === undefined) throw new Error('no such framing')
      const stream = Buffer.concat([
        client.start,
        ...sent.flatMap((bytes) => client.framing.write(bytes)),
      ])
      const queue = new ByteQueue()
      const received: Buffer[] = []
      let framing: Framing | null = null
      for (let offset = 0; offset < stream.length; offset += length) {
        queue.push(stream.subarray(offset, offset + length))
        framing ??= detectFraming(queue)
        if (framing !== null) received.push(...readAll(framing, queue))
      }
      expect(received).toEqual(sent)
      const answers = queueOf(...sent.flatMap((bytes) => framing?.write(bytes) ?? []))
      expect(readAll(client.framing, answers)).toEqual(sent)
    }),
    { numRuns: 50 },
  )
})

test.each(Object.keys(CLIENTS))(
  '%s: a frame of more than 2 MiB is refused at its length',
  (name) => {
    const client = CLIENTS[name]?.()
    if (client === undefined) throw new Error('no such framing')
    const parts = client.framing.write(Buffer.alloc(MAX_FRAME_BYTES + 16, 1))
    const head = Buffer.concat([client.start, ...parts]).subarray(0, client.start.length + 8)
    const read = () => {
      const queue = queueOf(head)
      return detectFraming(queue)?.read(queue)
    }
    expect(read).toThrow(ProtocolError)
  },
)

test('up to 15 bytes of padding are removed, and up to 3 added', () => {
  const body = Buffer.alloc(24 + 32, 1)
  for (let padding = 0; padding <= 15; padding += 1) {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(body.length + padding)
    const frame = queueOf(length, body, Buffer.alloc(padding, 7))
    expect(paddedIntermediateFraming().read(frame)).toEqual(body)
  }
  const framing = paddedIntermediateFraming()
  const lengths = Array.from({ length: 100 }, () => Buffer.concat(framing.write(body)).length)
  expect(new Set(lengths.map((length) => length - 4 - body.length))).toEqual(new Set([0, 1, 2, 3]))
})

test('a damaged, repeated or missing frame is refused', () => {
  const sender = fullFraming()
  const [first, second] = [1, 2].map((byte) => Buffer.concat(sender.write(Buffer.alloc(16, byte))))
  if (first === undefined || second === undefined) throw new Error('no frames')
  for (const index of first.keys()) {
    const damaged = Buffer.from(first)
    damaged[index] = damaged.readUInt8(index) ^ 4
    const read = () => {
      if (fullFraming().read(queueOf(damaged, Buffer.alloc(4))) === null)
        throw new ProtocolError('')
    }
    expect(read).toThrow(ProtocolError)
  }
  const framing = fullFraming()
  framing.read(queueOf(first))
  expect(() => framing.read(queueOf(first))).toThrow('sequence number')
  expect(() => fullFraming().read(queueOf(second))).toThrow('sequence number')
})

test('a length is refused before the frame is there', () => {
  for (const length of [0, 8, 13, MAX_FRAME_BYTES + 4, 0xffff_fffc]) {
    const header = Buffer.alloc(4)
    header.writeUInt32LE(length)
    expect(() => fullFraming().read(queueOf(header))).toThrow(ProtocolError)
  }
})

test('a stream of another protocol is refused', () => {
  expect(detectFraming(queueOf(Buffer.alloc(7)))).toBeNull()
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n')
  expect(detectFraming(queueOf(request))).toBeNull()
  expect(() => detectFraming(queueOf(request, request, request))).toThrow('unknown transport')
})
