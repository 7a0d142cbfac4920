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

/** A login whose code was scanned by an account of the data centre that it has moved to. */
interface MovedLogin extends PendingLogin {
  /** With which it is signed in there; base64. */
  readonly acceptedToken: string
}

/** A login that waits for its QR code to be scanned, as plain JSON; keep it encrypted. */
export interface QrLogin extends PendingLogin {
  /** To be shown as a QR code; good until `expiresAt`. */
  readonly url: string
  readonly expiresAt: string
  readonly acceptedToken?: MovedLogin['acceptedToken']
}

export type CheckQrResult =
  | { readonly status: 'waiting'; readonly login: QrLogin }
  /** Keep it before it is checked again: that signs it in. */
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
 * Begins a login that is confirmed by scanning a QR code with a Telegram app that is logged in
 * (`auth.exportLoginToken`, https://core.telegram.org/api/qr-login). A code is good for some 30 s.
 */
export async function startQrLogin(
  config: TelegramConfig,
  { api = config.api }: { api?: ApiCredentials } = {},
): Promise<CheckQrResult> {
  const identity = { api, device: config.device }
  return await checkQrLogin(config, { identity, auth: { dcId: FIRST_DC, keys: {} } })
}

/** Whether the code has been scanned; a new one where the last one has expired. */
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
      // Nobody came for the token in time: another code is shown.
      if (error instanceof SessionRevoked && acceptedToken !== undefined)
        return await startQrLogin(config, identity)
      return refusalOf(error)
    }
  })
}

/** A token that was imported before, of which the answer was lost, has signed in. */
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
