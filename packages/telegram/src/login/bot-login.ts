import type { ApiCredentials, TelegramConfig } from '../client-config.ts'
import { FIRST_DC, withLoginPort, type SignedIn } from './login.ts'

/** The bot's user id, the first part of its token; null when the text is not a bot token. */
export function botIdOf(token: string): string | null {
  return /^(\d{1,18}):./.exec(token)?.[1] ?? null
}

/**
 * Logs a bot in (`auth.importBotAuthorization`). Throws BotTokenRefused, ApplicationRefused, FloodWait, Timeout and
 * ConnectionLost.
 */
export async function loginBot(
  config: TelegramConfig,
  {
    token,
    api = config.api,
  }: { readonly token: string; readonly api?: ApiCredentials | undefined },
): Promise<SignedIn> {
  const identity = { api, device: config.device }
  const login = { identity, auth: { dcId: FIRST_DC, keys: {} } }
  return await withLoginPort(config, login, async (port) => {
    const account = await port.signInBot(token)
    return { status: 'signed_in', account, auth: port.auth(), identity }
  })
}
