import type { ProblemCode } from '@telegather/contracts'

/** An input field that was refused; `field` is its path (`file_types.0`). */
export interface FieldError {
  readonly field: string
  readonly message: string
}

interface DomainErrorOptions extends ErrorOptions {
  /** Sent as `Retry-After`. A 429 without it is sent with `Retry-After: 1`. */
  readonly retryAfterSeconds?: number
  readonly fields?: readonly FieldError[]
}

/**
 * An error that is sent to the caller. `code` determines the HTTP status. `detail` is a sentence for
 * users and must not contain internal details.
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

  /** Implements `RetryLater` when the error has a retry time. */
  get retryAfterMs(): number | undefined {
    return this.retryAfterSeconds === undefined ? undefined : this.retryAfterSeconds * 1000
  }
}
