import { DomainError } from '@telegather/service'
import type { FastifyRequest } from 'fastify'

const RETRY_AFTER_SECONDS = 5

/** How much of all uploads is held at once, and for which request. */
export class UploadMemory {
  readonly #maxBytes: number
  readonly #held = new Map<FastifyRequest, number>()
  #total = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Throws `DomainError` (unavailable) when there is no room. */
  hold(request: FastifyRequest, bytes: number): void {
    if (this.#total + bytes > this.#maxBytes)
      throw new DomainError('unavailable', 'Too many uploads at once; try again', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      })
    this.#total += bytes
    this.#held.set(request, (this.#held.get(request) ?? 0) + bytes)
  }

  release(request: FastifyRequest): void {
    this.#total -= this.#held.get(request) ?? 0
    this.#held.delete(request)
  }
}
