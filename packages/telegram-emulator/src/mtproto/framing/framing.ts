import { ProtocolError } from '../protocol-error.ts'
import type { ByteQueue } from './byte-queue.ts'

/** How payloads are delimited in a TCP stream: https://core.telegram.org/mtproto/mtproto-transports */
export interface Framing {
  /**
   * The next payload, or null until more bytes have arrived.
   *
   * @throws ProtocolError if the stream is damaged or a frame is too long
   */
  read(input: ByteQueue): Buffer | null
  /** The parts of a frame with this payload, in sending order. */
  write(payload: Buffer): Buffer[]
  /** Null if the framing does not support quick acks. */
  readonly quickAcks: QuickAcks | null
}

/** Quick acks: https://core.telegram.org/mtproto/mtproto-transports#quick-ack */
export interface QuickAcks {
  /** Whether the last payload read requested a quick ack. */
  readonly isWanted: boolean
  /** The parts of a quick ack. The token is an unsigned 32-bit number with the top bit set. */
  write(token: number): Buffer[]
}

export const MAX_FRAME_BYTES = 2 * 1024 * 1024

/** Rejects a length before its frame is buffered. */
export function checkFrameLength(length: number): void {
  if (length > MAX_FRAME_BYTES) throw new ProtocolError(`a frame of ${length} bytes`)
}
