import type { ApiCredentials, ClientIdentity, TelegramConfig } from '../client-config.ts'
import {
  AccountBanned,
  CodeExpired,
  CodeInvalid,
  CodeUnavailable,
  ConnectionLost,
  FloodWait,
  PasswordInvalid,
  PasswordNeeded,
  PhoneBanned,
  PhoneInvalid,
  PhoneUnregistered,
  SessionRevoked,
  TelegramError,
  Timeout,
} from '../errors.ts'
import { connectLogin } from '../gramjs/connect.ts'
import type { CodeDelivery, CodeSent, LoginPort } from './login-port.ts'
import type { Account } from '../port.ts'
import type { SessionAuth } from '../session-auth.ts'

/**
 * A login in progress, as plain JSON. It holds the auth key that the code is bound to: keep it
 * encrypted, and give it to the next step, in whichever process that runs.
 */
export interface LoginState {
  readonly phoneNumber: string
  readonly phoneCodeHash: string
  readonly identity: ClientIdentity
  readonly auth: SessionAuth
}

/** What a password needs of the login that it completes. */
export type PendingLogin = Pick<LoginState, 'identity' | 'auth'>

export interface FloodWaitResult {
  readonly status: 'flood_wait'
  readonly seconds: number
}

export interface SignedIn {
  readonly status: 'signed_in'
  readonly account: Account
  readonly auth: SessionAuth
  readonly identity: ClientIdentity
}

export interface SentCode {
  readonly status: 'code_sent'
  readonly login: LoginState
  readonly phoneCodeHash: string
  readonly delivery: CodeDelivery
}

/** Telegram wants something that only its own apps can do, such as an e-mail address to be set up. */
export interface AppNeeded {
  readonly status: 'app_needed'
  readonly delivery: CodeDelivery
}

export type StartLoginResult =
  | SentCode
  | AppNeeded
  | { readonly status: 'phone_invalid' }
  | { readonly status: 'phone_banned' }
  | FloodWaitResult

export type ResendCodeResult =
  | SentCode
  | AppNeeded
  | { readonly status: 'no_other_way' }
  | { readonly status: 'code_expired' }
  | { readonly status: 'account_banned' }
  | FloodWaitResult

export type SubmitCodeResult =
  | SignedIn
  | { readonly status: 'password_needed'; readonly login: LoginState; readonly hint: string | null }
  | { readonly status: 'code_invalid' }
  | { readonly status: 'code_expired' }
  | { readonly status: 'sign_up_needed' }
  | { readonly status: 'account_banned' }
  | FloodWaitResult

export type SubmitPasswordResult =
  | SignedIn
  | { readonly status: 'password_invalid' }
  | { readonly status: 'code_expired' }
  | { readonly status: 'account_banned' }
  | FloodWaitResult

export interface StartLogin {
  readonly phoneNumber: string
  /** Default: the configuration's. */
  readonly api?: ApiCredentials
}

/** Where a login starts; Telegram says when the phone lives elsewhere. */
export const FIRST_DC = 2

/** Asks Telegram to send a code to the phone (`auth.sendCode`). */
export async function startLogin(
  config: TelegramConfig,
  { phoneNumber, api = config.api }: StartLogin,
): Promise<StartLoginResult> {
  const identity: ClientIdentity = { api, device: config.device }
  const auth: SessionAuth = { dcId: FIRST_DC, keys: {} }
  return await withLoginPort(config, { identity, auth }, async (port) => {
    try {
      const sent = await port.sendCode(phoneNumber)
      return afterSending(sent, { phoneNumber, identity, auth: port.auth() })
    } catch (error) {
      if (error instanceof PhoneInvalid) return { status: 'phone_invalid' }
      if (error instanceof PhoneBanned) return { status: 'phone_banned' }
      if (error instanceof FloodWait) return { status: 'flood_wait', seconds: error.seconds }
      throw error
    }
  })
}

/** Asks for another code, in the way that the last one's `delivery` named as the next (`auth.resendCode`). */
export async function resendCode(
  config: TelegramConfig,
  login: LoginState,
): Promise<ResendCodeResult> {
  return await withLoginPort(config, login, async (port) => {
    try {
      return afterSending(await port.resendCode(login), login)
    } catch (error) {
      if (error instanceof CodeUnavailable) return { status: 'no_other_way' }
      if (error instanceof CodeExpired) return { status: 'code_expired' }
      return refusalOf(error)
    }
  })
}

/** Ways of which no code comes that could be given here. */
const APP_ONLY = new Set([
  'email_code',
  'set_up_email_required',
  'firebase_sms',
  'payment_required',
  'success',
])

function afterSending(
  { phoneCodeHash, delivery }: CodeSent,
  login: Omit<LoginState, 'phoneCodeHash'>,
): SentCode | AppNeeded {
  if (APP_ONLY.has(delivery.type)) return { status: 'app_needed', delivery }
  return { status: 'code_sent', login: { ...login, phoneCodeHash }, phoneCodeHash, delivery }
}

/**
 * Signs in with the code that the person received (`auth.signIn`). A wrong code may be corrected. A code that was
 * accepted before, of which the answer was lost, signs in once more.
 */
export async function submitCode(
  config: TelegramConfig,
  login: LoginState,
  code: string,
): Promise<SubmitCodeResult> {
  return await withLoginPort(config, login, async (port) => {
    const { phoneNumber, phoneCodeHash, identity } = login
    try {
      const account = await signIn(port, { phoneNumber, phoneCodeHash, code })
      return { status: 'signed_in', account, auth: port.auth(), identity }
    } catch (error) {
      if (error instanceof PasswordNeeded) {
        const hint = await port.passwordHint()
        return { status: 'password_needed', login: { ...login, auth: port.auth() }, hint }
      }
      if (error instanceof CodeInvalid) return { status: 'code_invalid' }
      if (error instanceof CodeExpired) return { status: 'code_expired' }
      if (error instanceof PhoneUnregistered) return { status: 'sign_up_needed' }
      return refusalOf(error)
    }
  })
}

async function signIn(port: LoginPort, code: Parameters<LoginPort['signIn']>[0]): Promise<Account> {
  try {
    return await port.signIn(code)
  } catch (error) {
    if (!(error instanceof CodeExpired)) throw error
    return await port.me()
  }
}

/** Completes a login that answered `password_needed` (`auth.checkPassword`, SRP). A wrong password may be corrected. */
export async function submitPassword(
  config: TelegramConfig,
  login: PendingLogin,
  password: string,
): Promise<SubmitPasswordResult> {
  return await withLoginPort(config, login, async (port) => {
    try {
      const account = await port.checkPassword(password)
      return { status: 'signed_in', account, auth: port.auth(), identity: login.identity }
    } catch (error) {
      if (error instanceof PasswordInvalid) return { status: 'password_invalid' }
      return refusalOf(error)
    }
  })
}

/**
 * Takes back a code that will not be used (`auth.cancelCode`), and signs out where it was used without our knowing.
 * Throws when Telegram cannot be reached.
 */
export async function abandonLogin(config: TelegramConfig, login: LoginState): Promise<void> {
  await withLoginPort(config, login, async (port) => {
    if (!(await isDone(port.cancelCode(login)))) await isDone(port.logOut())
  })
}

/** Signs out a login that was not to be, if it has come to that (`auth.logOut`). Throws when Telegram cannot be reached. */
export async function abandonSignIn(config: TelegramConfig, login: PendingLogin): Promise<void> {
  await withLoginPort(config, login, async (port) => {
    await isDone(port.logOut())
  })
}

/** False when Telegram refuses: what is gone already needs no taking back. */
async function isDone(call: Promise<void>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  }
}

/** The login's key is gone when Telegram has forgotten it: then only a new login helps. */
export function refusalOf(
  error: unknown,
): FloodWaitResult | { status: 'code_expired' } | { status: 'account_banned' } {
  if (error instanceof FloodWait) return { status: 'flood_wait', seconds: error.seconds }
  if (error instanceof SessionRevoked) return { status: 'code_expired' }
  if (error instanceof AccountBanned || error instanceof PhoneBanned) {
    return { status: 'account_banned' }
  }
  throw error
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof TelegramError && !(error instanceof Timeout || error instanceof ConnectionLost)
  )
}

/** Each step connects with the same key, calls and disconnects: a code is bound to the key it was asked with. */
export async function withLoginPort<T>(
  config: TelegramConfig,
  login: PendingLogin,
  step: (port: LoginPort) => Promise<T>,
): Promise<T> {
  const port = connectLogin(config, login)
  try {
    return await step(port)
  } finally {
    await port.close()
  }
}
