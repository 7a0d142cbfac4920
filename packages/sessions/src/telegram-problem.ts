import { DomainError } from '@telegather/service'
import {
  ApplicationRefused,
  ConnectionLost,
  FloodWait,
  PeerNotFound,
  RpcFailed,
  isTelegramRefusal,
  Timeout,
} from '@telegather/telegram'
import { BotRefused } from './bots/bot-session.ts'
import { LeaseLost } from './lease.ts'
import { SessionNotActive, SessionNotFound, SessionUnavailable } from './session-errors.ts'

/** The HTTP problem for an error of a Telegram call or of its session; undefined for other errors. */
export function telegramProblem(error: unknown): DomainError | undefined {
  if (error instanceof SessionNotFound)
    return new DomainError('session_not_found', 'Session not found')
  if (error instanceof FloodWait)
    return new DomainError('flood_wait', `Telegram asks to wait ${error.seconds} seconds`, {
      retryAfterSeconds: error.seconds,
      cause: error,
    })
  if (error instanceof SessionNotActive)
    return new DomainError('session_not_active', error.message, { cause: error })
  if (error instanceof ApplicationRefused)
    return new DomainError(
      'application_refused',
      'Telegram does not accept the configured api_id and api_hash',
      { cause: error },
    )
  if (error instanceof BotRefused)
    return new DomainError('bot_refused', error.message, { cause: error })
  if (error instanceof PeerNotFound)
    return new DomainError(
      'channel_not_found',
      'Telegram knows no such channel, or the account is not a member of it',
      { cause: error },
    )
  if (error instanceof SessionUnavailable)
    return new DomainError('session_unavailable', 'No process can use the session now; try again', {
      retryAfterSeconds: error.retryAfterSeconds,
      cause: error,
    })
  if (error instanceof Timeout || error instanceof ConnectionLost || error instanceof LeaseLost)
    return new DomainError('telegram_unavailable', 'Telegram does not answer; try again', {
      retryAfterSeconds: 5,
      cause: error,
    })
  if (error instanceof RpcFailed)
    return new DomainError('upstream_failed', `Telegram refused: ${error.text}`, { cause: error })
  // A known error of a method that does not document it.
  if (isTelegramRefusal(error))
    return new DomainError('upstream_failed', `Telegram refused: ${error.message}`, {
      cause: error,
    })
  return undefined
}
