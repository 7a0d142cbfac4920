import type { Socket } from 'node:net'
import { release } from '../memory/release.ts'

/** Simulated link conditions, on top of those of the real network. */
export interface LinkConditions {
  /** Added latency of everything sent. */
  readonly delayMs: number
  /** Infinity for no limit. */
  readonly bytesPerSecond: number
}

interface Waiting {
  bytes: Buffer
  /** Unix milliseconds. */
  readonly notBefore: number
  readonly bytesPerSecond: number
}

/** A limited connection sends the bytes of this period in one burst, then waits. */
const BURST_MS = 50
/** Smaller buffers are concatenated, and left to the garbage collector. */
const MIN_RELEASED = 65_536

/** The sending side of a connection: immediate, or delayed by link conditions, always in order. */
export class Outlet {
  readonly #socket: Socket
  readonly #conditions: () => LinkConditions | null
  readonly #onRoom: () => void
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  /** When the link has transmitted the bytes sent so far, Unix milliseconds. */
  #freeAt = 0
  #timer: NodeJS.Timeout | undefined
  #isEnding = false

  constructor(socket: Socket, conditions: () => LinkConditions | null, onRoom: () => void) {
    this.#socket = socket
    this.#conditions = conditions
    this.#onRoom = onRoom
    socket.on('close', () => clearTimeout(this.#timer))
  }

  /** Bytes not yet handed to the system. */
  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  /** Takes ownership of the parts: the memory of large ones is released after sending. */
  write(parts: readonly Buffer[]): void {
    if (!this.#socket.writable || this.#isEnding) return
    const conditions = this.#conditions()
    if (conditions === null && this.#waiting.length === 0) return this.#writeNow(parts)
    const { delayMs, bytesPerSecond } = conditions ?? { delayMs: 0, bytesPerSecond: Infinity }
    const bytes = Buffer.concat(parts)
    this.#waiting.push({ bytes, notBefore: Date.now() + delayMs, bytesPerSecond })
    this.#waitingBytes += bytes.length
    this.#sendDue()
  }

  /** Hands all data that is due to the system. */
  flush(): void {
    while (this.#socket.writableCorked > 0) this.#socket.uncork()
  }

  /** Closes the connection after all data is sent. */
  end(): void {
    this.#isEnding = true
    if (this.#waiting.length === 0) this.#socket.end()
  }

  /** Everything written in one turn of the event loop is sent with one system call. */
  #writeNow(parts: readonly Buffer[]): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork()
      process.nextTick(() => this.#socket.uncork())
    }
    if (sizeOf(parts) < MIN_RELEASED) this.#socket.write(Buffer.concat(parts))
    else for (const part of parts) this.#socket.write(part, () => release(part))
  }

  #sendDue(): void {
    clearTimeout(this.#timer)
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const now = Date.now()
      const waitMs = Math.max(next.notBefore, this.#freeAt) - now
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#sendDue(), waitMs)
        return
      }
      this.#sendSome(next, now)
    }
    if (this.#isEnding) this.#socket.end()
  }

  #sendSome(next: Waiting, now: number): void {
    const allowed = Math.max(1, Math.floor((next.bytesPerSecond * BURST_MS) / 1000))
    const piece = next.bytes.subarray(0, allowed)
    next.bytes = next.bytes.subarray(piece.length)
    if (next.bytes.length === 0) this.#waiting.shift()
    this.#waitingBytes -= piece.length
    this.#freeAt = now + (piece.length / next.bytesPerSecond) * 1000
    this.#socket.write(piece)
    this.#onRoom()
  }
}

function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
