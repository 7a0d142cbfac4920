import { randomUUID } from 'node:crypto'
import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import { botIdOf, loginBot } from '../bot-login.ts'
import type { ApiCredentials, TelegramConfig } from '../client-config.ts'
import { ApplicationRefused, BotTokenRefused, TelegramError } from '../errors.ts'
import type { SignedIn } from '../login.ts'
import { authKeyIdOf } from '../session-auth.ts'
import {
  deleteBotSession,
  findBotSession,
  insertBotSession,
  lockBot,
  type BotKey,
} from './queries.ts'

export interface Bots {
  readonly keys: KeyRing
  readonly telegram: TelegramConfig
  /** Of the operator's bot, which reads for the operator's sources that have none of their own. */
  readonly token: string | null
}

/** What a source tells of its own bot, and whose source it is. */
export interface BotOwner {
  readonly tenantId: string | null
  readonly encryptedBotToken: string | null
  readonly botApiId: number | null
  readonly encryptedBotApiHash: string | null
}

/** The message, for people, says why the bot cannot be used. */
export class BotRefused extends TelegramError {
  override readonly name = 'BotRefused'
}

interface Bot extends BotKey {
  readonly token: string
  readonly api: ApiCredentials | undefined
}

/**
 * The session of the bot that reads a public source where no account's session does; null where there is no bot. A bot
 * is logged in once; its login is kept as a session that belongs to nobody's list. Throws BotRefused, FloodWait, and
 * what connecting throws.
 */
export async function botSessionFor(db: Db, bots: Bots, owner: BotOwner): Promise<number | null> {
  const bot = botOf(bots, owner)
  if (bot === null) return null
  return db.transaction(async (tx) => {
    await lockBot(tx, bot)
    const present = await findBotSession(tx, bot)
    if (present?.state === 'active') return present.id
    const { account, auth, identity } = await logIn(bots, bot)
    // Whoever still had the lost login has closed it; a new id is owned by nobody.
    if (present) await deleteBotSession(tx, present.id)
    return insertBotSession(tx, {
      tenantId: bot.tenantId,
      // Names are unique, and people may choose any.
      sessionName: `bot ${account.userId} ${randomUUID()}`,
      phoneNumber: '',
      telegramUserId: BigInt(account.userId),
      useForPublic: false,
      origin: 'bot',
      authKeyId: authKeyIdOf(auth),
      encryptedAuth: bots.keys.encrypt(JSON.stringify(auth)),
      apiId: identity.api.apiId,
      encryptedApiHash: bots.keys.encrypt(identity.api.apiHash),
      device: identity.device,
    })
  })
}

/** A tenant's source is read by its own bot or by none. */
function botOf({ keys, token: operators }: Bots, owner: BotOwner): Bot | null {
  const { encryptedBotToken, botApiId: apiId, encryptedBotApiHash, tenantId } = owner
  const own = encryptedBotToken === null ? null : keys.decrypt(encryptedBotToken).toString()
  const token = own ?? (tenantId === null ? operators : null)
  const botId = token === null ? null : botIdOf(token)
  if (token === null || botId === null) return null
  const apiHash = encryptedBotApiHash === null ? null : keys.decrypt(encryptedBotApiHash).toString()
  const hasOwnApi = own !== null && apiId !== null && apiHash !== null
  return { tenantId, botId, token, api: hasOwnApi ? { apiId, apiHash } : undefined }
}

async function logIn({ telegram }: Bots, { token, api }: Bot): Promise<SignedIn> {
  try {
    return await loginBot(telegram, { token, api })
  } catch (error) {
    if (error instanceof BotTokenRefused || error instanceof ApplicationRefused)
      throw new BotRefused(`The bot cannot log in: ${error.message}`, { cause: error })
    throw error
  }
}
