import type { TelegramConfig } from '../client-config.ts'
import type { LoginPort } from '../login/login-port.ts'
import { authKeyOf } from '../session-auth.ts'
import { portOver, type Telegram } from '../telegram.ts'
import { GramjsLogin } from './gramjs-login.ts'
import { METHODS } from './methods.ts'
import { MtprotoClient, type ClientLogin } from './mtproto-client.ts'

/**
 * Connects a logged-in account to its home data centre. After a lost connection, the next call connects again. Throws
 * ConnectionLost, Timeout, SessionRevoked when Telegram does not know the auth key, TypeError without a key.
 */
export async function connectTelegram(
  config: TelegramConfig,
  login: ClientLogin,
): Promise<Telegram> {
  if (!authKeyOf(login.auth, login.auth.dcId)) {
    throw new TypeError(`the login has no key for its home, DC ${login.auth.dcId}`)
  }
  const client = new MtprotoClient(config, login)
  try {
    await client.connect()
  } catch (error) {
    await client.close()
    throw error
  }
  return portOver(
    (name, args, options) => METHODS[name].call(client, args, options),
    () => client.close(),
  )
}

/** The port of a login in progress. It connects with the first call. */
export function connectLogin(config: TelegramConfig, login: ClientLogin): LoginPort {
  return new GramjsLogin(new MtprotoClient(config, login), login.identity)
}
