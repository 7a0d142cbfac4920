import { ProtocolError } from '../protocol-error.ts'
import type { ByteQueue } from './byte-queue.ts'

/** How payloads are cut out of a TCP stream: https://core.telegram.org/mtproto/mtproto-transports */
export interface Framing {
  /**
   * The next payload, or null until more bytes have arrived.
   * @throws ProtocolError when the stream is damaged or a frame is too long
   */
  read(input: ByteQueue): Buffer | null
  /** The parts of a frame around the payload, to be sent in this order. */
  write(payload: Buffer): Buffer[]
  /** Null where there are none. */
  readonly quickAcks: QuickAcks | null
}

/** Receipts of payloads: https://core.telegram.org/mtproto/mtproto-transports#quick-ack */
export interface QuickAcks {
  /** Whether the payload that was read last asks for one. */
  readonly isWanted: boolean
  /** The parts of a quick ack. The token is an unsigned number of 32 bits, the highest of them set. */
  write(token: number): Buffer[]
}

export const MAX_FRAME_BYTES = 2 * 1024 * 1024

/** Refuses a length before anything of it is kept. */
export function checkFrameLength(length: number): void {
  if (length > MAX_FRAME_BYTES) throw new ProtocolError(`a frame of ${length} bytes`)
}
