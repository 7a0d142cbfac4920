/**
 * One NATS message: a part of a frame. It begins with three 32-bit integers: the sending or receiving server, the index
 * of the piece, and the number of pieces.
 */
export interface Piece {
  /** `ANY_SERVER`, or the random id of a server. */
  readonly server: number
  readonly index: number
  readonly count: number
  readonly data: Uint8Array
}

export const ANY_SERVER = 0

const HEADER_BYTES = 12

/** Below NATS's default `max_payload` of 1 MiB. */
const MAX_PIECE_BYTES = 900 * 1024

/** The bytes of a frame that fit into one piece, on a NATS server with this `max_payload`. */
export function pieceBytes(maxPayload: number = MAX_PIECE_BYTES): number {
  return Math.min(MAX_PIECE_BYTES, maxPayload) - HEADER_BYTES
}

export function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

/** Yields the NATS messages of a frame. Each is a copy, made on demand. */
export function* pieces(
  frame: readonly Uint8Array[],
  server: number,
  maxBytes: number,
): Generator<Uint8Array> {
  const count = Math.ceil(byteLength(frame) / maxBytes)
  for (let index = 0; index < count; index++) {
    const header = Buffer.allocUnsafe(HEADER_BYTES)
    header.writeUInt32BE(server, 0)
    header.writeUInt32BE(index, 4)
    header.writeUInt32BE(count, 8)
    yield Buffer.concat([header, ...slice(frame, index * maxBytes, (index + 1) * maxBytes)])
  }
}

/** The bytes between two offsets of consecutive chunks. */
function slice(chunks: readonly Uint8Array[], from: number, to: number): Uint8Array[] {
  let offset = 0
  return chunks.flatMap((chunk) => {
    const begin = Math.max(0, from - offset)
    const end = Math.min(chunk.length, to - offset)
    offset += chunk.length
    return begin < end ? [chunk.subarray(begin, end)] : []
  })
}

/** Throws RangeError for a message without the three integers. */
export function readPiece(message: Uint8Array): Piece {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  return {
    server: view.getUint32(0),
    index: view.getUint32(4),
    count: view.getUint32(8),
    data: message.subarray(HEADER_BYTES),
  }
}

/** A piece is missing, so the frame cannot be completed. */
class PieceLost extends Error {
  override readonly name = 'PieceLost'
}

/** Assembles frames from their pieces, which arrive in order. */
export class Frames {
  readonly #maxBytes: number
  #arrived: Uint8Array[] = []
  #bytes = 0

  /** `maxBytes`: maximum size of a frame. */
  constructor(maxBytes: number = Infinity) {
    this.#maxBytes = maxBytes
  }

  /**
   * Returns the frame that this piece completes, or null. Drops duplicate pieces. Throws PieceLost, and RangeError for a
   * frame that is too large.
   */
  add({ index, count, data }: Piece): Uint8Array | null {
    if (index < this.#arrived.length) return null
    if (index > this.#arrived.length)
      throw new PieceLost(`piece ${index} of ${count} came too early`)
    this.#bytes += data.length
    if (this.#bytes > this.#maxBytes) throw new RangeError('a frame has more bytes than announced')
    this.#arrived.push(data)
    if (this.#arrived.length < count) return null
    const frame = this.#arrived.length === 1 ? data : Buffer.concat(this.#arrived)
    this.#arrived = []
    this.#bytes = 0
    return frame
  }
}
