import { isRetryLater } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import { FloodWait } from '@telegather/telegram'
import { expect, test } from 'vitest'
import { SessionUnavailable } from '../src/session-errors.ts'

test.each([
  [new FloodWait(3), 3000],
  [new SessionUnavailable(2), 2000],
  [new DomainError('unavailable', 'Try again', { retryAfterSeconds: 1 }), 1000],
])('%s says when to retry', (error, retryAfterMs) => {
  expect(isRetryLater(error) && error.retryAfterMs).toBe(retryAfterMs)
})

test('an error without a retry time is not RetryLater', () => {
  expect(isRetryLater(new DomainError('not_found', 'Gone'))).toBe(false)
  expect(isRetryLater({ retryAfterMs: 1 })).toBe(false)
})
