/** An error that says when a retry makes sense: a flood wait of Telegram, a session that is busy, a refusal of ours. */
export interface RetryLater {
  readonly retryAfterMs: number
}

export function isRetryLater(error: unknown): error is RetryLater {
  return error instanceof Error && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
}
