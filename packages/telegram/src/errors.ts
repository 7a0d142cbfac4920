import type { RetryLater } from '@telegather/contracts'

/** Everything that the Telegram port throws, apart from an AbortSignal's own reason. */
export class TelegramError extends Error {
  override readonly name: string = 'TelegramError'
}

/** The account must wait; repeating the call earlier prolongs it. */
export class FloodWait extends TelegramError implements RetryLater {
  override readonly name = 'FloodWait'
  readonly seconds: number
  /** False for the pace of one transfer or one chat, which says nothing of the account. */
  readonly ofAccount: boolean
  /** Telegram's method that has to wait, by its schema name; null where only the wait itself is known. */
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

/** The login is gone for good: signed out, revoked, duplicated or its key forgotten. Never retry. */
export class SessionRevoked extends TelegramError {
  override readonly name = 'SessionRevoked'
  /** Telegram's word for it, such as `SESSION_REVOKED`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`the session is no longer valid (${reason})`, options)
    this.reason = reason
  }
}

/** The account was deleted or banned by Telegram. Never retry. */
export class AccountBanned extends TelegramError {
  override readonly name = 'AccountBanned'
  /** Telegram's word for it, such as `USER_DEACTIVATED_BAN`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super('the account has been deleted or banned by Telegram', options)
    this.reason = reason
  }
}

/** The code was right; the two-step password is needed as well. */
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

/** The code can no longer be used; a new one has to be sent. */
export class CodeExpired extends TelegramError {
  override readonly name = 'CodeExpired'
  constructor(options?: ErrorOptions) {
    super('the login code has expired', options)
  }
}

/** There is no further way to send a code. */
export class CodeUnavailable extends TelegramError {
  override readonly name = 'CodeUnavailable'
  constructor(options?: ErrorOptions) {
    super('the code cannot be sent in another way', options)
  }
}

/** The login token was not used in time; a new one has to be shown. */
export class LoginTokenExpired extends TelegramError {
  override readonly name = 'LoginTokenExpired'
  constructor(options?: ErrorOptions) {
    super('the login token has expired', options)
  }
}

/** Telegram does not accept the application's id and hash. */
export class ApplicationRefused extends TelegramError {
  override readonly name = 'ApplicationRefused'
  /** Telegram's word for it, such as `API_ID_INVALID`. */
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`the application is not accepted (${reason})`, options)
    this.reason = reason
  }
}

/** The bot's token is wrong, or was replaced. */
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

/** Telegram refuses the location: it is too old, or was told to another account. The message gives a new one. */
export class FileReferenceExpired extends TelegramError {
  override readonly name = 'FileReferenceExpired'
  /** Telegram's word for it, such as `LOCATION_INVALID`; null where only the file reference is too old. */
  readonly reason: string | null
  constructor(reason: string | null = null, options?: ErrorOptions) {
    const detail = `Telegram refuses the location of the file (${reason})`
    super(reason === null ? 'the file reference has expired' : detail, options)
    this.reason = reason
  }
}

/** Telegram sent other bytes than it announced. */
export class FileIncomplete extends TelegramError {
  override readonly name = 'FileIncomplete'
}

/** No answer within the deadline. */
export class Timeout extends TelegramError {
  override readonly name = 'Timeout'
}

/** The connection could not be made, or broke before the answer came. */
export class ConnectionLost extends TelegramError {
  override readonly name = 'ConnectionLost'
}

/** Another data centre is responsible. Followed inside the adapter. */
export class Migrate extends TelegramError {
  override readonly name = 'Migrate'
  readonly dcId: number
  constructor(dcId: number, options?: ErrorOptions) {
    super(`data centre ${dcId} is responsible`, options)
    this.dcId = dcId
  }
}

/** Any other refusal, with Telegram's code and text. */
export class RpcFailed extends TelegramError {
  override readonly name = 'RpcFailed'
  readonly code: number
  readonly text: string
  /** How the call, which was not done, is repeated: as it is, or after another `initConnection`. */
  readonly remedy: 'repeat' | 'initialise' | null
  /** Trouble inside Telegram, such as `RPC_CALL_FAIL` or its own `Timeout` (-503): the same request may succeed later. */
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
