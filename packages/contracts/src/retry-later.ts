/** An error after which a retry can succeed, with the delay in milliseconds: a flood wait, a busy session, a rate limit. */
export interface RetryLater {
  readonly retryAfterMs: number
}

export function isRetryLater(error: unknown): error is RetryLater {
  return error instanceof Error && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
}
