import type { TelegramConfig } from '../client-config.ts'
import type { LoginPort } from '../login/login-port.ts'
import { authKeyOf } from '../session-auth.ts'
import { portOver, type Telegram } from '../telegram.ts'
import { GramjsLogin } from './gramjs-login.ts'
import { METHODS } from './methods.ts'
import { MtprotoClient, type ClientLogin } from './mtproto-client.ts'

/**
 * The port of a logged-in account, connected. Connections that break later are made again by the next
 * call. Throws ConnectionLost, Timeout, or SessionRevoked when Telegram has forgotten the key.
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

/** A login in progress; it connects with its first call. */
export function connectLogin(config: TelegramConfig, login: ClientLogin): LoginPort {
  return new GramjsLogin(new MtprotoClient(config, login), login.identity)
}
