import { DomainError } from '@telegather/service'
import type { FastifyRequest } from 'fastify'

const RETRY_AFTER_SECONDS = 5

/** Limits the memory of all uploads together. Each reservation belongs to a request. */
export class UploadMemory {
  readonly #maxBytes: number
  readonly #reserved = new Map<FastifyRequest, number>()
  #total = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Reserves `bytes` for a request. Throws `unavailable` when the limit would be exceeded. */
  reserve(request: FastifyRequest, bytes: number): void {
    if (this.#total + bytes > this.#maxBytes)
      throw new DomainError('unavailable', 'Too many uploads at once; try again', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      })
    this.#total += bytes
    this.#reserved.set(request, (this.#reserved.get(request) ?? 0) + bytes)
  }

  /** Releases all memory of a request. */
  release(request: FastifyRequest): void {
    this.#total -= this.#reserved.get(request) ?? 0
    this.#reserved.delete(request)
  }
}
