import { AccountBanned, PhoneBanned, SessionRevoked } from '@telegather/telegram'
import type { Loss } from './session-errors.ts'

/**
 * The loss of a login that an error reports; null when the login is still valid. `SESSION_REVOKED`: the account's user
 * ended it on another device. Every other end of a login is Telegram's own
 * (https://core.telegram.org/api/errors#401-unauthorized).
 */
export function lossOf(error: unknown): Loss | null {
  if (error instanceof SessionRevoked) {
    const { reason } = error
    return { state: reason === 'SESSION_REVOKED' ? 'revoked' : 'needs_login', reason }
  }
  if (error instanceof AccountBanned) return { state: 'banned', reason: error.reason }
  if (error instanceof PhoneBanned) return { state: 'banned', reason: 'PHONE_NUMBER_BANNED' }
  return null
}
