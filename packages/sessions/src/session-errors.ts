import type { RetryLater, SessionState } from '@telegather/contracts'
import { TelegramError } from '@telegather/telegram'

/** No session has this id. */
export class SessionNotFound extends TelegramError {
  override readonly name = 'SessionNotFound'
  constructor(options?: ErrorOptions) {
    super('there is no such session', options)
  }
}

/** Why a login is lost, as stored with its session. */
export interface Loss {
  readonly state: Exclude<SessionState, 'active'>
  /** Telegram's error text, such as `AUTH_KEY_DUPLICATED`. */
  readonly reason: string | null
}

/** The session is paused, or its login is lost and the account must log in again. The message is shown to users. */
export class SessionNotActive extends TelegramError {
  override readonly name = 'SessionNotActive'
  readonly state: Loss['state']
  readonly reason: Loss['reason']
  constructor({ state, reason }: Loss, options?: ErrorOptions) {
    super(sentenceFor(state, reason), options)
    this.state = state
    this.reason = reason
  }
}

function sentenceFor(state: Loss['state'], reason: Loss['reason']): string {
  if (state === 'paused') return 'The session is paused'
  if (state === 'banned') return 'Telegram has banned or deleted this account'
  if (state === 'revoked') return 'The account has ended this login and must log in again'
  return reason === 'AUTH_KEY_DUPLICATED'
    ? 'Telegram has ended this login because it was used from two places at once; the account must log in again'
    : 'Telegram no longer knows this login; the account must log in again'
}

/** The lease holder refuses a call without making it: the method is unknown to it, or the argument does not fit. */
export class CallRefused extends TelegramError {
  override readonly name = 'CallRefused'
  constructor(method: string, why: string, options?: ErrorOptions) {
    super(`the session’s lease holder refuses the call ${method}: ${why}`, options)
  }
}

/** No process can use the session now: its lease holder has died, or does not answer. Try again later. */
export class SessionUnavailable extends TelegramError implements RetryLater {
  override readonly name = 'SessionUnavailable'
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('no process can use the session now', options)
    this.retryAfterSeconds = retryAfterSeconds
  }

  get retryAfterMs(): number {
    return this.retryAfterSeconds * 1000
  }
}
