import { Frames, type Piece } from './pieces.ts'

export interface ArrivalLimits {
  /** Maximum memory for the incomplete calls of the process (default 32 MiB). */
  readonly maxBytes?: number
  /** A call is dropped when no piece arrives for this long (default 10 s): the caller died, or NATS was down. */
  readonly idleMs?: number
}

const MAX_BYTES = 32 * 1024 * 1024
const IDLE_MS = 10_000

interface Arrival {
  readonly server: number
  /** The size that the caller announced; reserved until the call is complete or dropped. */
  readonly bytes: number
  readonly frames: Frames
  readonly idle: NodeJS.Timeout
}

/** Accepted calls whose pieces are arriving, by reply subject. One instance per process. */
export class Arrivals {
  readonly #maxBytes: number
  readonly #idleMs: number
  readonly #arrivals = new Map<string, Arrival>()
  #reservedBytes = 0

  constructor({ maxBytes = MAX_BYTES, idleMs = IDLE_MS }: ArrivalLimits = {}) {
    this.#maxBytes = maxBytes
    this.#idleMs = idleMs
  }

  /** Reserves memory for a call; false when not enough is free. */
  accept(call: string, { server, bytes }: { server: number; bytes: number }): boolean {
    if (this.#arrivals.has(call)) return true
    if (this.#reservedBytes + bytes > this.#maxBytes) return false
    this.#reservedBytes += bytes
    const idle = setTimeout(() => this.drop(call), this.#idleMs).unref()
    this.#arrivals.set(call, { server, bytes, frames: new Frames(bytes), idle })
    return true
  }

  /**
   * Adds a piece. Returns the call when this piece completes it, otherwise null. Ignores pieces of unknown calls. Drops
   * the call and throws PieceLost when a piece is missing, RangeError when there are more bytes than announced.
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
