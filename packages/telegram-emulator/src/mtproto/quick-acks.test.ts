import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { openEnvelope } from './envelope.ts'
import { abridgedFraming } from './framing/abridged.ts'
import type { ByteQueue } from './framing/byte-queue.ts'
import type { Framing } from './framing/framing.ts'
import { intermediateFraming, paddedIntermediateFraming } from './framing/intermediate.ts'
import { TestClient } from './test-client.ts'
import { closeAll, GET_NEAREST, schema, testCentre } from './test-centre.ts'

afterEach(closeAll)

/** The client side of a transport: how it requests quick acks, and how they look. */
interface Transport {
  readonly tag: Buffer
  readonly framing: Framing
  readonly ask: (header: Buffer) => void
  /** Removes a quick ack from the queue, if one is next. */
  readonly takeAck: (input: ByteQueue) => number | null
}

const TRANSPORTS: Record<string, () => Transport> = {
  abridged: () => ({
    tag: Buffer.of(0xef),
    framing: abridgedFraming(),
    ask: (header) => header.writeUInt8(header.readUInt8() | 0x80),
    takeAck: (input) => {
      if (input.length < 4 || input.peek(1).readUInt8() < 0x80) return null
      return input.take(4).readUInt32BE()
    },
  }),
  intermediate: () => ({
    tag: Buffer.alloc(4, 0xee),
    framing: intermediateFraming(),
    ask: setTopBit,
    takeAck: (input) => {
      if (input.length < 4 || input.peek(4).readInt32LE() >= 0) return null
      return input.take(4).readUInt32LE()
    },
  }),
  'padded intermediate': () => ({
    tag: Buffer.alloc(4, 0xdd),
    framing: paddedIntermediateFraming(),
    ask: setTopBit,
    takeAck: (input) => {
      if (input.length < 4 || input.peek(4).readUInt32LE() > 16) return null
      const frame = input.take(4 + input.peek(4).readUInt32LE())
      expect(frame.length).toBeGreaterThanOrEqual(12)
      expect(frame.readInt32LE(4)).toBe(-1)
      return frame.readUInt32LE(8)
    },
  }),
}

function setTopBit(header: Buffer): void {
  header.writeUInt32LE((header.readUInt32LE() | 0x8000_0000) >>> 0)
}

interface AskingClient {
  /** The payloads sent. */
  readonly payloads: Buffer[]
  /** The quick acks received. */
  readonly acks: number[]
  /** Whether the next payloads request quick acks. */
  asks: boolean
  readonly framing: Framing
}

function askingClient({ tag, framing, ask, takeAck }: Transport): AskingClient {
  const acks: number[] = []
  const payloads: Buffer[] = []
  let start = [tag]
  const client: AskingClient = {
    payloads,
    acks,
    asks: false,
    framing: {
      quickAcks: null,
      read(input) {
        for (let ack = takeAck(input); ack !== null; ack = takeAck(input)) acks.push(ack)
        return framing.read(input)
      },
      write(payload) {
        payloads.push(payload)
        const [header = Buffer.alloc(0), ...rest] = framing.write(payload)
        if (client.asks) ask(header)
        const parts = [...start, header, ...rest]
        start = []
        return parts
      },
    },
  }
  return client
}

test.each(Object.keys(TRANSPORTS))(
  '%s: a payload that requests a quick ack gets one at once',
  async (name) => {
    const transport = TRANSPORTS[name]?.()
    if (transport === undefined) throw new Error('no such transport')
    const { centre, key } = await testCentre()
    const asking = askingClient(transport)
    const client = new TestClient({ port: centre.port }, { key, schema }, asking.framing)
    await client.learnSalt()
    client.send(GET_NEAREST)
    await client.nextOf('rpc_result')
    expect(asking.acks).toEqual([])
    asking.asks = true
    client.send(GET_NEAREST)
    await client.nextOf('rpc_result')
    const plain = openEnvelope(key, asking.payloads.at(-1) ?? Buffer.alloc(0), 'client').plain
    const digest = createHash('sha256').update(key.bytes.subarray(88, 120)).update(plain).digest()
    digest.writeUInt8(digest.readUInt8(3) | 0x80, 3)
    expect(asking.acks).toEqual([digest.readUInt32LE()])
    await client.close()
  },
)

test('a rejected payload gets no quick ack', async () => {
  const transport = TRANSPORTS['intermediate']?.()
  if (transport === undefined) throw new Error('no such transport')
  const { centre, key } = await testCentre()
  const asking = askingClient(transport)
  asking.asks = true
  const client = new TestClient({ port: centre.port }, { key, schema }, asking.framing)
  await client.learnSalt()
  expect(asking.acks).toEqual([])
  await client.close()
})
