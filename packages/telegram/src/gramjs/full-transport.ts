import { crc32 } from 'node:zlib'
import { ConnectionLost } from '../errors.ts'
import type { TcpSocket } from './socket.ts'

const LENGTH_AND_NUMBER_BYTES = 8
const CHECKSUM_BYTES = 4

/**
 * Packet codec of the full TCP transport (https://core.telegram.org/mtproto/mtproto-transports#full): length, sequence
 * number, payload, CRC-32. Replaces GramJS's codec, which computes the checksums in JavaScript.
 */
export class FullTransport {
  #sent = 0

  encodePacket(payload: Buffer): Buffer {
    const frame = Buffer.allocUnsafe(payload.length + LENGTH_AND_NUMBER_BYTES + CHECKSUM_BYTES)
    frame.writeUInt32LE(frame.length, 0)
    frame.writeUInt32LE(this.#sent, 4)
    payload.copy(frame, LENGTH_AND_NUMBER_BYTES)
    const end = frame.length - CHECKSUM_BYTES
    frame.writeUInt32LE(crc32(frame.subarray(0, end)), end)
    this.#sent += 1
    return frame
  }

  /** Throws ConnectionLost for a frame with a wrong checksum: the rest of the stream cannot be trusted. */
  async readPacket(socket: TcpSocket): Promise<Buffer> {
    const frame = await socket.readFrame()
    const end = frame.length - CHECKSUM_BYTES
    if (crc32(frame.subarray(0, end)) !== frame.readUInt32LE(end)) {
      throw new ConnectionLost('received a frame with a wrong checksum')
    }
    return frame.subarray(LENGTH_AND_NUMBER_BYTES, end)
  }
}
