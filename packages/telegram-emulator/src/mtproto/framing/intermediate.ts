import { randomBytes, randomInt } from 'node:crypto'
import type { ByteQueue } from './byte-queue.ts'
import { checkFrameLength, type Framing } from './framing.ts'

/**
 * As Telegram's own proxy does. More is allowed, but breaks clients that remove only the bytes beyond a multiple of
 * four.
 */
const MAX_PADDING = 3
/** Key id and msg_key, which precede whole cipher blocks. */
const ENVELOPE_BYTES = 24

/** Maximum padding after a quick ack in a padded frame. */
const MAX_QUICK_ACK_PADDING = 8
const QUICK_ACK = 0x8000_0000

/** The length, then the payload. The top bit of the length requests a quick ack. */
export function intermediateFraming(): Framing {
  const quickAcks = { isWanted: false, write: (token: number) => [uint32(token)] }
  return {
    quickAcks,
    read: (input) => readFrame(input, quickAcks),
    write: (payload) => [uint32(payload.length), payload],
  }
}

/** Like intermediate, with random bytes after the payload: up to 15 from clients, up to 3 from the server. */
export function paddedIntermediateFraming(): Framing {
  const quickAcks = {
    isWanted: false,
    // Unambiguous: no payload is as short, and no transport error is -1.
    write: (token: number) => padded([uint32(0xffff_ffff), uint32(token)], MAX_QUICK_ACK_PADDING),
  }
  return {
    quickAcks,
    read(input: ByteQueue): Buffer | null {
      const frame = readFrame(input, quickAcks)
      return frame === null ? null : withoutPadding(frame)
    },
    write: (payload) => padded([payload], MAX_PADDING),
  }
}

function readFrame(input: ByteQueue, quickAcks: { isWanted: boolean }): Buffer | null {
  if (input.length < 4) return null
  const header = input.peek(4).readUInt32LE()
  const length = header & ~QUICK_ACK
  checkFrameLength(length)
  if (input.length < 4 + length) return null
  quickAcks.isWanted = (header & QUICK_ACK) !== 0
  input.take(4)
  return input.take(length)
}

/** The parts with up to `maxPadding` random bytes appended, preceded by their length. */
function padded(parts: readonly Buffer[], maxPadding: number): Buffer[] {
  const padding = randomBytes(randomInt(maxPadding + 1))
  const length = parts.reduce((sum, part) => sum + part.length, padding.length)
  return [uint32(length), ...parts, padding]
}

/**
 * The end of the payload is found from its content: encrypted payloads have whole blocks, others contain their length.
 */
function withoutPadding(frame: Buffer): Buffer {
  if (frame.length < ENVELOPE_BYTES || frame.readBigInt64LE() === 0n) return frame
  return frame.subarray(0, frame.length - ((frame.length - ENVELOPE_BYTES) % 16))
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}
