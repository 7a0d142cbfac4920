import type { Account } from '../port.ts'
import type { SessionAuth } from '../session-auth.ts'

/** How the code reaches the person. */
export interface CodeDelivery {
  readonly type: string
  readonly codeLength: number | null
  /** How a resend would be delivered; null when there is no other way. */
  readonly nextType: string | null
  /** Seconds until a resend is allowed. */
  readonly resendAfterSeconds: number | null
}

export interface CodeSent {
  readonly phoneCodeHash: string
  readonly delivery: CodeDelivery
}

export type LoginToken =
  | { readonly status: 'waiting'; readonly token: Uint8Array; readonly expiresAt: string }
  | { readonly status: 'accepted'; readonly account: Account }
  /** By an account of another data centre, where it is to be imported. */
  | { readonly status: 'moved'; readonly token: Uint8Array }

/**
 * What a login needs of Telegram, on one connection. Every call throws the errors of `errors.ts`;
 * `sendCode` follows the phone to its home data centre.
 */
export interface LoginPort {
  sendCode(phoneNumber: string): Promise<CodeSent>
  /** In the way that `nextType` named. Throws CodeUnavailable when there is none. */
  resendCode(code: { phoneNumber: string; phoneCodeHash: string }): Promise<CodeSent>
  /** Throws PasswordNeeded, CodeInvalid, CodeExpired, PhoneUnregistered. */
  signIn(code: { phoneNumber: string; phoneCodeHash: string; code: string }): Promise<Account>
  /** Whose login the key is. Throws SessionRevoked when nobody has signed in with it. */
  me(): Promise<Account>
  passwordHint(): Promise<string | null>
  /** Throws PasswordInvalid. */
  checkPassword(password: string): Promise<Account>
  cancelCode(code: { phoneNumber: string; phoneCodeHash: string }): Promise<void>
  /**
   * A token to scan, or who has accepted the last one. Throws PasswordNeeded. When it has moved, so has this login, with
   * a new key that is signed in to nothing yet.
   */
  loginToken(): Promise<LoginToken>
  /** Throws PasswordNeeded, and LoginTokenExpired also when it was imported before. */
  importLoginToken(token: Uint8Array): Promise<LoginToken>
  /** Signs a bot in, wherever it lives. Throws BotTokenRefused. */
  signInBot(token: string): Promise<Account>
  /** Signs out, if the key is signed in. */
  logOut(): Promise<void>
  /** What the next step has to connect with. */
  auth(): SessionAuth
  close(): Promise<void>
}
