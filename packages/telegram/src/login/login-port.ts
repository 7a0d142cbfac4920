import type { Account } from '../port.ts'
import type { SessionAuth } from '../session-auth.ts'

/** How a login code is delivered (`auth.SentCode`). */
export interface CodeDelivery {
  /** The `auth.SentCodeType` in snake case: `app`, `sms`, `flash_call`, … */
  readonly type: string
  readonly codeLength: number | null
  /** Delivery of a resent code; null when Telegram has no other way. */
  readonly nextType: string | null
  /** Seconds until a resend is allowed. */
  readonly resendAfterSeconds: number | null
}

export interface CodeSent {
  readonly phoneCodeHash: string
  readonly delivery: CodeDelivery
}

/** State of a QR login (`auth.LoginToken`). */
export type LoginToken =
  | { readonly status: 'waiting'; readonly token: Uint8Array; readonly expiresAt: string }
  | { readonly status: 'accepted'; readonly account: Account }
  /** Accepted by an account of another data centre; import the token there (`auth.importLoginToken`). */
  | { readonly status: 'moved'; readonly token: Uint8Array }

/**
 * Telegram's login methods, on one connection. Every call throws the errors of `errors.ts`.
 */
export interface LoginPort {
  /** Sends a code, and moves the login to the phone number's home data centre. */
  sendCode(phoneNumber: string): Promise<CodeSent>
  /** Resends the code by the delivery that `nextType` named. Throws CodeUnavailable when there is none. */
  resendCode(code: { phoneNumber: string; phoneCodeHash: string }): Promise<CodeSent>
  /** Throws PasswordNeeded, CodeInvalid, CodeExpired, PhoneUnregistered. */
  signIn(code: { phoneNumber: string; phoneCodeHash: string; code: string }): Promise<Account>
  /** The account that the auth key is signed in to. Throws SessionRevoked when it is signed in to none. */
  me(): Promise<Account>
  /** The hint of the account's two-step password; null without a hint. */
  passwordHint(): Promise<string | null>
  /** Throws PasswordInvalid. */
  checkPassword(password: string): Promise<Account>
  cancelCode(code: { phoneNumber: string; phoneCodeHash: string }): Promise<void>
  /**
   * A QR token to show, or the account that accepted the last one (`auth.exportLoginToken`). Throws PasswordNeeded. With
   * status `moved`, this login's home is the other data centre, with a new auth key that is not signed in yet.
   */
  loginToken(): Promise<LoginToken>
  /** Throws PasswordNeeded, and LoginTokenExpired for a token that has expired or was imported before. */
  importLoginToken(token: Uint8Array): Promise<LoginToken>
  /** Signs a bot in at its home data centre. Throws BotTokenRefused. */
  signInBot(token: string): Promise<Account>
  /** Throws SessionRevoked when the auth key is not signed in. */
  logOut(): Promise<void>
  /** Credentials with which the next step must connect. */
  auth(): SessionAuth
  close(): Promise<void>
}
