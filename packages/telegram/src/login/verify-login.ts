import { TELEGRAM_DCS, type ClientIdentity, type TelegramConfig } from '../client-config.ts'
import { AccountBanned, ApplicationRefused, PasswordNeeded, SessionRevoked } from '../errors.ts'
import { connectTelegram } from '../gramjs/connect.ts'
import type { Account } from '../port.ts'
import type { SessionAuth } from '../session-auth.ts'

export type VerifyLoginResult =
  | { readonly status: 'valid'; readonly account: Account }
  | { readonly status: 'logged_out' }
  | { readonly status: 'account_banned' }
  | { readonly status: 'application_refused' }
  | { readonly status: 'unknown_data_centre' }

/**
 * Connects, asks Telegram for the login's account (`users.getUsers` with `inputUserSelf`) and disconnects. No other
 * process may use the login meanwhile: Telegram revokes a key that is used from two addresses
 * (`AUTH_KEY_DUPLICATED`). Throws FloodWait, Timeout and ConnectionLost.
 */
export async function verifyLogin(
  config: TelegramConfig,
  login: { readonly identity: ClientIdentity; readonly auth: SessionAuth },
): Promise<VerifyLoginResult> {
  const known = (config.dcs ?? TELEGRAM_DCS).some(({ id }) => id === login.auth.dcId)
  if (!known) return { status: 'unknown_data_centre' }
  try {
    const telegram = await connectTelegram(config, login)
    try {
      return { status: 'valid', account: await telegram.me() }
    } finally {
      await telegram.close()
    }
  } catch (error) {
    if (error instanceof SessionRevoked || error instanceof PasswordNeeded)
      return { status: 'logged_out' }
    if (error instanceof AccountBanned) return { status: 'account_banned' }
    if (error instanceof ApplicationRefused) return { status: 'application_refused' }
    throw error
  }
}
