import { crc32 } from 'node:zlib'
import { ProtocolError } from '../protocol-error.ts'
import type { ByteQueue } from './byte-queue.ts'
import { checkFrameLength, type Framing } from './framing.ts'

const HEADER_BYTES = 8
const OVERHEAD_BYTES = 12

/** Length, sequence number, payload, CRC32 of everything before it. Each side numbers its frames from zero. */
export function fullFraming(): Framing {
  let received = 0
  let sent = 0
  return {
    quickAcks: null,
    read(input: ByteQueue): Buffer | null {
      if (input.length < 4) return null
      const length = input.peek(4).readUInt32LE()
      checkFrameLength(length)
      if (length < OVERHEAD_BYTES || length % 4 !== 0) {
        throw new ProtocolError(`a frame of ${length} bytes`)
      }
      if (input.length < length) return null
      const frame = input.take(length)
      const end = length - 4
      if (frame.readUInt32LE(end) !== crc32(frame.subarray(0, end))) {
        throw new ProtocolError('wrong CRC32')
      }
      if (frame.readUInt32LE(4) !== received) throw new ProtocolError('wrong sequence number')
      received += 1
      return frame.subarray(HEADER_BYTES, end)
    },
    write(payload: Buffer): Buffer[] {
      const header = Buffer.allocUnsafe(HEADER_BYTES)
      header.writeUInt32LE(payload.length + OVERHEAD_BYTES, 0)
      header.writeUInt32LE(sent, 4)
      sent += 1
      const trailer = Buffer.allocUnsafe(4)
      trailer.writeUInt32LE(crc32(payload, crc32(header)))
      return [header, payload, trailer]
    },
  }
}
