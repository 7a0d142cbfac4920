import { createHash } from 'node:crypto'
import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import {
  botIdOf,
  loginBot,
  type ApiCredentials,
  type TelegramConfig,
  ApplicationRefused,
  BotTokenRefused,
  TelegramError,
  type SignedIn,
  authKeyIdOf,
} from '@telegather/telegram'
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
 * is logged in once with a token; its login is kept as a session that belongs to nobody's list. Throws BotRefused,
 * FloodWait, and what connecting throws.
 */
export async function botSessionFor(db: Db, bots: Bots, owner: BotOwner): Promise<number | null> {
  const bot = botOf(bots, owner)
  if (bot === null) return null
  return db.transaction(async (tx) => {
    await lockBot(tx, bot)
    const present = await findBotSession(tx, bot)
    const sessionName = nameFor(bot)
    if (present?.state === 'active' && present.sessionName === sessionName) return present.id
    const { account, auth, identity } = await logIn(bots, bot)
    // Telegram has ended the login before, be it that the token was replaced; a new id is owned by nobody.
    if (present) await deleteBotSession(tx, present.id)
    return insertBotSession(tx, {
      tenantId: bot.tenantId,
      sessionName,
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

/** Tells the token with which the bot was logged in from any other, and is nobody else's choice of a name. */
function nameFor({ botId, token }: Bot): string {
  return `bot ${botId} ${createHash('sha256').update(token).digest('hex')}`
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
