import type { RetryLater } from '@telegather/contracts'

/** Base class of every error of the Telegram port, except an AbortSignal's own reason. */
export class TelegramError extends Error {
  override readonly name: string = 'TelegramError'

  /** An error of this class, from what `toWire` of the same class has made in another process. */
  static fromWire({ message, fields }: WireError): TelegramError {
    const error = Object.setPrototypeOf(new TelegramError(message), this.prototype) as TelegramError
    return Object.assign(error, fields, { name: this.name })
  }

  /** Everything but the cause and the stack. */
  toWire(): WireError {
    const { name, message, cause: _cause, stack: _stack, ...fields } = this
    return { name, message, fields }
  }
}

/** An error on its way to another process. */
interface WireError {
  readonly name: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Telegram's rate limit (`FLOOD_WAIT`). Repeating the call before `seconds` have passed prolongs the wait. */
export class FloodWait extends TelegramError implements RetryLater {
  override readonly name = 'FloodWait'
  readonly seconds: number
  /** False for limits of one transfer (`FLOOD_PREMIUM_WAIT`) or one chat (`SLOWMODE_WAIT`). */
  readonly ofAccount: boolean
  /** Schema name of the limited method, such as `messages.getHistory`; null when unknown. */
  readonly method: string | null
  constructor(
    seconds: number,
    options: ErrorOptions & { ofAccount?: boolean; method?: string } = {},
  ) {
    super(`Telegram asks to wait ${seconds} s`, options)
    this.seconds = seconds
    this.ofAccount = options.ofAccount ?? true
    this.method = options.method ?? null
  }

  get retryAfterMs(): number {
    return this.seconds * 1000
  }
}

/** The login is permanently invalid: signed out, revoked, used twice, or its auth key is unknown. Never retry. */
export class SessionRevoked extends TelegramError {
  override readonly name = 'SessionRevoked'
  /** Telegram's error text, such as `SESSION_REVOKED`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`the session is no longer valid (${reason})`, options)
    this.reason = reason
  }
}

/** The account was deleted or banned by Telegram. Never retry. */
export class AccountBanned extends TelegramError {
  override readonly name = 'AccountBanned'
  /** Telegram's error text, such as `USER_DEACTIVATED_BAN`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super('the account has been deleted or banned by Telegram', options)
    this.reason = reason
  }
}

/** The account has a two-step password, which the login still needs. */
export class PasswordNeeded extends TelegramError {
  override readonly name = 'PasswordNeeded'
  constructor(options?: ErrorOptions) {
    super('the account asks for its two-step password', options)
  }
}

export class PasswordInvalid extends TelegramError {
  override readonly name = 'PasswordInvalid'
  constructor(options?: ErrorOptions) {
    super('the two-step password is wrong', options)
  }
}

export class CodeInvalid extends TelegramError {
  override readonly name = 'CodeInvalid'
  constructor(options?: ErrorOptions) {
    super('the login code is wrong', options)
  }
}

/** The code is no longer valid; request a new one. */
export class CodeExpired extends TelegramError {
  override readonly name = 'CodeExpired'
  constructor(options?: ErrorOptions) {
    super('the login code has expired', options)
  }
}

/** Telegram has no other way to send a code. */
export class CodeUnavailable extends TelegramError {
  override readonly name = 'CodeUnavailable'
  constructor(options?: ErrorOptions) {
    super('Telegram has no other way to send the code', options)
  }
}

/** The login token has expired or was used already; show a new one. */
export class LoginTokenExpired extends TelegramError {
  override readonly name = 'LoginTokenExpired'
  constructor(options?: ErrorOptions) {
    super('the login token has expired', options)
  }
}

/** Telegram does not accept the application's id and hash. */
export class ApplicationRefused extends TelegramError {
  override readonly name = 'ApplicationRefused'
  /** Telegram's error text, such as `API_ID_INVALID`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`the application is not accepted (${reason})`, options)
    this.reason = reason
  }
}

/** The bot token is wrong or was revoked. */
export class BotTokenRefused extends TelegramError {
  override readonly name = 'BotTokenRefused'
  constructor(options?: ErrorOptions) {
    super('Telegram does not accept the bot token', options)
  }
}

export class PhoneInvalid extends TelegramError {
  override readonly name = 'PhoneInvalid'
  constructor(options?: ErrorOptions) {
    super('not a phone number that Telegram accepts', options)
  }
}

export class PhoneBanned extends TelegramError {
  override readonly name = 'PhoneBanned'
  constructor(options?: ErrorOptions) {
    super('the phone number is banned from Telegram', options)
  }
}

export class PhoneUnregistered extends TelegramError {
  override readonly name = 'PhoneUnregistered'
  constructor(options?: ErrorOptions) {
    super('no Telegram account has this phone number', options)
  }
}

/** No such channel, or the account cannot see it. */
export class PeerNotFound extends TelegramError {
  override readonly name = 'PeerNotFound'
}

/**
 * Telegram refuses the file location: its file reference has expired, or was issued to another account. Fetch the
 * message again to get a new one.
 */
export class FileReferenceExpired extends TelegramError {
  override readonly name = 'FileReferenceExpired'
  /** Telegram's error text, such as `LOCATION_INVALID`; null when the file reference has expired. */
  readonly reason: string | null
  constructor(reason: string | null = null, options?: ErrorOptions) {
    const detail = `Telegram refuses the location of the file (${reason})`
    super(reason === null ? 'the file reference has expired' : detail, options)
    this.reason = reason
  }
}

/** The number of bytes received differs from the announced size. */
export class FileIncomplete extends TelegramError {
  override readonly name = 'FileIncomplete'
}

/** No answer within the deadline. */
export class Timeout extends TelegramError {
  override readonly name = 'Timeout'
  /** The data centre of a file call that is not the account's home; null for other calls. */
  readonly awayDcId: number | null
  constructor(message: string, options: ErrorOptions & { awayDcId?: number } = {}) {
    super(message, options)
    this.awayDcId = options.awayDcId ?? null
  }
}

/** The connection could not be opened, or was lost before the answer arrived. */
export class ConnectionLost extends TelegramError {
  override readonly name = 'ConnectionLost'
  /** The data centre of a file call that is not the account's home; null for other calls. */
  readonly awayDcId: number | null
  constructor(message: string, options: ErrorOptions & { awayDcId?: number } = {}) {
    super(message, options)
    this.awayDcId = options.awayDcId ?? null
  }
}

/** The request must go to another data centre (`PHONE_MIGRATE_X` and others). The adapter follows it. */
export class Migrate extends TelegramError {
  override readonly name = 'Migrate'
  readonly dcId: number
  constructor(dcId: number, options?: ErrorOptions) {
    super(`the request must go to data centre ${dcId}`, options)
    this.dcId = dcId
  }
}

/** Any other `rpc_error`, with Telegram's code and text. */
export class RpcFailed extends TelegramError {
  override readonly name = 'RpcFailed'
  readonly code: number
  readonly text: string
  /** How to retry a call that Telegram did not execute: unchanged, or after `initConnection`. Null: no retry. */
  readonly remedy: 'repeat' | 'initialise' | null
  /** A server-side failure, such as `RPC_CALL_FAIL` or `Timeout` (-503): the same request may succeed later. */
  get isInternal(): boolean {
    return this.code < 0 || this.code >= 500
  }
  constructor(
    code: number,
    text: string,
    options: ErrorOptions & { remedy?: 'repeat' | 'initialise' } = {},
  ) {
    super(`Telegram refused the request: ${code} ${text}`, options)
    this.code = code
    this.text = text
    this.remedy = options.remedy ?? null
  }
}

const REFUSALS = [
  AccountBanned,
  ApplicationRefused,
  BotTokenRefused,
  CodeExpired,
  CodeInvalid,
  CodeUnavailable,
  FileReferenceExpired,
  LoginTokenExpired,
  Migrate,
  PasswordInvalid,
  PasswordNeeded,
  PeerNotFound,
  PhoneBanned,
  PhoneInvalid,
  PhoneUnregistered,
  RpcFailed,
  SessionRevoked,
]

/** Whether Telegram answered a call with an `rpc_error`, except a rate limit. */
export function isTelegramRefusal(error: unknown): error is TelegramError {
  return REFUSALS.some((refusal) => error instanceof refusal)
}
