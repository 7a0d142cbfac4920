import { abridgedFraming } from './abridged.ts'
import type { ByteQueue } from './byte-queue.ts'
import type { Framing } from './framing.ts'
import { fullFraming } from './full.ts'
import { intermediateFraming, paddedIntermediateFraming } from './intermediate.ts'
import { OBFUSCATED_HEADER_BYTES, obfuscatedFraming } from './obfuscated.ts'

/**
 * Detects the framing by the first bytes of a connection and consumes its tag. Null until enough bytes have arrived.
 *
 * @throws ProtocolError if the stream is not MTProto
 */
export function detectFraming(input: ByteQueue): Framing | null {
  if (input.length < 8) return null
  const start = input.peek(8)
  if (start.readUInt8() === 0xef) return afterTag(input, 1, abridgedFraming)
  const tag = start.readUInt32LE()
  if (tag === 0xeeeeeeee) return afterTag(input, 4, intermediateFraming)
  if (tag === 0xdddddddd) return afterTag(input, 4, paddedIntermediateFraming)
  // The full framing has no tag: its first frame has sequence number 0.
  if (start.readUInt32LE(4) === 0) return fullFraming()
  if (input.length < OBFUSCATED_HEADER_BYTES) return null
  return obfuscatedFraming(input.take(OBFUSCATED_HEADER_BYTES))
}

function afterTag(input: ByteQueue, length: number, create: () => Framing): Framing {
  input.take(length)
  return create()
}
