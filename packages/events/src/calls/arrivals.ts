import { Frames, type Piece } from './pieces.ts'

export interface ArrivalLimits {
  /** Of all calls that are arriving together. */
  readonly maxBytes?: number
  /** A call of which no piece arrives for so long is dropped: its caller has died, or NATS was away. */
  readonly idleMs?: number
}

const MAX_BYTES = 32 * 1024 * 1024
const IDLE_MS = 10_000

interface Arrival {
  readonly server: number
  /** As announced by the caller; reserved until the call has arrived or is dropped. */
  readonly bytes: number
  readonly frames: Frames
  readonly idle: NodeJS.Timeout
}

/** Calls that were accepted and are arriving piece by piece, by their reply subjects. One process has one. */
export class Arrivals {
  readonly #maxBytes: number
  readonly #idleMs: number
  readonly #arrivals = new Map<string, Arrival>()
  #reservedBytes = 0

  constructor({ maxBytes = MAX_BYTES, idleMs = IDLE_MS }: ArrivalLimits = {}) {
    this.#maxBytes = maxBytes
    this.#idleMs = idleMs
  }

  /** False when there is no memory for the call now. */
  accept(call: string, { server, bytes }: { server: number; bytes: number }): boolean {
    if (this.#arrivals.has(call)) return true
    if (this.#reservedBytes + bytes > this.#maxBytes) return false
    this.#reservedBytes += bytes
    const idle = setTimeout(() => this.drop(call), this.#idleMs).unref()
    this.#arrivals.set(call, { server, bytes, frames: new Frames(bytes), idle })
    return true
  }

  /**
   * The call that this piece completes, else null; from then on the call is unknown here, and its pieces are ignored.
   * Throws PieceLost, and RangeError for more bytes than announced; the call is dropped then.
   */
  add(call: string, piece: Piece): Uint8Array | null {
    const arrival = this.#arrivals.get(call)
    if (!arrival) return null
    arrival.idle.refresh()
    try {
      const frame = arrival.frames.add(piece)
      if (frame) this.drop(call)
      return frame
    } catch (error) {
      this.drop(call)
      throw error
    }
  }

  drop(call: string): void {
    const arrival = this.#arrivals.get(call)
    if (!arrival) return
    clearTimeout(arrival.idle)
    this.#arrivals.delete(call)
    this.#reservedBytes -= arrival.bytes
  }

  /** Drops every call that this server has accepted. */
  dropOf(server: number): void {
    for (const [call, arrival] of this.#arrivals) if (arrival.server === server) this.drop(call)
  }
}
