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
 * A login in progress, as plain JSON. It contains the auth key that the code is bound to: store it encrypted. Any
 * process can run the next step with it.
 */
export interface LoginState {
  readonly phoneNumber: string
  readonly phoneCodeHash: string
  readonly identity: ClientIdentity
  readonly auth: SessionAuth
}

/** A login that is not signed in yet; enough to submit a two-step password. */
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

/** Telegram requires a step that only its own apps support, such as setting up an e-mail address. */
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
  /** Default: `config.api`. */
  readonly api?: ApiCredentials
}

/** Data centre of the first call of a login. Telegram redirects phone numbers of other data centres. */
export const FIRST_DC = 2

/** Requests a login code (`auth.sendCode`). Throws ApplicationRefused, Timeout and ConnectionLost. */
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

/** Requests the code again, by the delivery that the last one named as `nextType` (`auth.resendCode`). */
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

/** Delivery types that end in Telegram's own apps: they give no code to enter here. */
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
 * Signs in with the received code (`auth.signIn`). A wrong code can be corrected. Idempotent: when the answer to an
 * accepted code was lost, submitting the code again returns the account.
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

/** Completes a login that answered `password_needed` (`auth.checkPassword`, SRP). A wrong password can be corrected. */
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
 * Cancels a code (`auth.cancelCode`). If the code was used already, because the answer to `submitCode` was lost, signs
 * out instead. Throws Timeout or ConnectionLost when Telegram cannot be reached.
 */
export async function abandonLogin(config: TelegramConfig, login: LoginState): Promise<void> {
  await withLoginPort(config, login, async (port) => {
    if (!(await isAccepted(port.cancelCode(login)))) await isAccepted(port.logOut())
  })
}

/**
 * Signs out an abandoned login, if it was signed in at all (`auth.logOut`). Throws Timeout or ConnectionLost when
 * Telegram cannot be reached.
 */
export async function abandonSignIn(config: TelegramConfig, login: PendingLogin): Promise<void> {
  await withLoginPort(config, login, async (port) => {
    await isAccepted(port.logOut())
  })
}

/** False when Telegram refuses the call. A lost connection or a timeout is thrown. */
async function isAccepted(call: Promise<void>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  }
}

/**
 * Maps an error of a login step to its result; rethrows all others. SessionRevoked means that Telegram no longer knows
 * the auth key, to which the code is bound: `code_expired`.
 */
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

/** Connects with the login's auth key, runs one step, disconnects. A code is valid only with the key that requested it. */
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
