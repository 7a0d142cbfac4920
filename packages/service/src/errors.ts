import type { ProblemCode } from '@telegather/contracts'

/** A field of the input that was not accepted, by its path (`file_types.0`). */
export interface FieldError {
  readonly field: string
  readonly message: string
}

interface DomainErrorOptions extends ErrorOptions {
  /** Sent as `Retry-After`; every 429 has one. */
  readonly retryAfterSeconds?: number
  readonly fields?: readonly FieldError[]
}

/**
 * A refusal that the caller is told about. `code` decides the HTTP status; `detail` is the sentence
 * that people read, so it holds nothing internal.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  readonly code: ProblemCode
  readonly retryAfterSeconds: number | undefined
  readonly fields: readonly FieldError[] | undefined

  constructor(code: ProblemCode, detail: string, options: DomainErrorOptions = {}) {
    super(detail, options)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.fields = options.fields
  }

  /** Makes it a `RetryLater` where it has a time. */
  get retryAfterMs(): number | undefined {
    return this.retryAfterSeconds === undefined ? undefined : this.retryAfterSeconds * 1000
  }
}
