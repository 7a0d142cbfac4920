import type { ByteQueue } from './byte-queue.ts'
import { checkFrameLength, type Framing } from './framing.ts'

/** From this value on, the length is in the three bytes that follow. */
const LONG = 0x7f

const QUICK_ACK = 0x80

/** The length in words of four bytes, then the payload. The top bit of the length requests a quick ack. */
export function abridgedFraming(): Framing {
  const quickAcks = {
    isWanted: false,
    write(token: number): Buffer[] {
      const bytes = Buffer.allocUnsafe(4)
      bytes.writeUInt32BE(token)
      return [bytes]
    },
  }
  return {
    quickAcks,
    read(input: ByteQueue): Buffer | null {
      if (input.length < 4) return null
      const header = input.peek(4).readUInt32LE()
      const first = header & LONG
      const headerBytes = first === LONG ? 4 : 1
      const length = (first === LONG ? header >>> 8 : first) * 4
      checkFrameLength(length)
      if (input.length < headerBytes + length) return null
      quickAcks.isWanted = (header & QUICK_ACK) !== 0
      input.take(headerBytes)
      return input.take(length)
    },
    write(payload: Buffer): Buffer[] {
      const words = payload.length / 4
      if (words < LONG) return [Buffer.of(words), payload]
      return [Buffer.of(LONG, words & 0xff, (words >> 8) & 0xff, words >> 16), payload]
    },
  }
}
