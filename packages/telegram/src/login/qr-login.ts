import type { ApiCredentials, TelegramConfig } from '../client-config.ts'
import { LoginTokenExpired, PasswordNeeded, SessionRevoked } from '../errors.ts'
import {
  FIRST_DC,
  refusalOf,
  withLoginPort,
  type FloodWaitResult,
  type PendingLogin,
  type SignedIn,
} from './login.ts'
import type { LoginPort, LoginToken } from './login-port.ts'

/** A login whose QR code was scanned by an account of another data centre, which is its home now. */
interface MovedLogin extends PendingLogin {
  /** Token to import at that data centre; base64. */
  readonly acceptedToken: string
}

/** A QR login in progress, as plain JSON: store it encrypted. */
export interface QrLogin extends PendingLogin {
  /** `tg://login` URL to show as a QR code; valid until `expiresAt`. */
  readonly url: string
  readonly expiresAt: string
  readonly acceptedToken?: MovedLogin['acceptedToken']
}

export type CheckQrResult =
  | { readonly status: 'waiting'; readonly login: QrLogin }
  /** Store `login` before the next `checkQrLogin`, which signs it in. */
  | { readonly status: 'moved'; readonly login: MovedLogin }
  | SignedIn
  | {
      readonly status: 'password_needed'
      readonly login: PendingLogin
      readonly hint: string | null
    }
  | { readonly status: 'code_expired' }
  | { readonly status: 'account_banned' }
  | FloodWaitResult

/**
 * Begins a login that a logged-in Telegram app confirms by scanning a QR code
 * (`auth.exportLoginToken`, https://core.telegram.org/api/qr-login). A code is valid for about 30 s.
 */
export async function startQrLogin(
  config: TelegramConfig,
  { api = config.api }: { api?: ApiCredentials } = {},
): Promise<CheckQrResult> {
  const identity = { api, device: config.device }
  return await checkQrLogin(config, { identity, auth: { dcId: FIRST_DC, keys: {} } })
}

/** Checks whether the QR code was scanned. Returns a new code when the last one has expired. */
export async function checkQrLogin(
  config: TelegramConfig,
  { identity, auth, acceptedToken }: PendingLogin & Partial<Pick<MovedLogin, 'acceptedToken'>>,
): Promise<CheckQrResult> {
  return await withLoginPort(config, { identity, auth }, async (port): Promise<CheckQrResult> => {
    try {
      if (acceptedToken === undefined) return resultOf(await port.loginToken(), port, identity)
      return resultOf(await importToken(port, acceptedToken), port, identity)
    } catch (error) {
      if (error instanceof PasswordNeeded) {
        const hint = await port.passwordHint()
        return { status: 'password_needed', login: { identity, auth: port.auth() }, hint }
      }
      // The accepted token expired before it was imported: start again with a new code.
      if (error instanceof SessionRevoked && acceptedToken !== undefined)
        return await startQrLogin(config, identity)
      return refusalOf(error)
    }
  })
}

/** Idempotent: a token that was imported before, but whose answer was lost, returns the account. */
async function importToken(port: LoginPort, token: string): Promise<LoginToken> {
  try {
    return await port.importLoginToken(Buffer.from(token, 'base64'))
  } catch (error) {
    if (!(error instanceof LoginTokenExpired)) throw error
    return { status: 'accepted', account: await port.me() }
  }
}

function resultOf(
  token: LoginToken,
  port: LoginPort,
  identity: PendingLogin['identity'],
): CheckQrResult {
  const login = { identity, auth: port.auth() }
  switch (token.status) {
    case 'accepted':
      return { status: 'signed_in', account: token.account, ...login }
    case 'moved': {
      const acceptedToken = Buffer.from(token.token).toString('base64')
      return { status: 'moved', login: { ...login, acceptedToken } }
    }
    case 'waiting': {
      const url = `tg://login?token=${Buffer.from(token.token).toString('base64url')}`
      return { status: 'waiting', login: { ...login, url, expiresAt: token.expiresAt } }
    }
  }
}
