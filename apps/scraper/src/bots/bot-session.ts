import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import {
  ApplicationRefused,
  authKeyIdOf,
  botIdOf,
  BotTokenRefused,
  loginBot,
  type ApiCredentials,
  type SignedIn,
  type TelegramConfig,
} from '@telegather/telegram'
import type { SourceRow } from '../runs/queries.ts'
import { RunImpossible } from '../runs/run-impossible.ts'
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

interface Bot extends BotKey {
  readonly token: string
  readonly api: ApiCredentials | undefined
}

/**
 * The session of the bot that reads a public source where no account's session does. A bot is logged in once; its login
 * is kept as a session that belongs to nobody's list. Throws RunImpossible with what is missing.
 */
export async function botSessionFor(db: Db, bots: Bots, source: SourceRow): Promise<number> {
  const bot = botOf(bots, source)
  return db.transaction(async (tx) => {
    await lockBot(tx, bot)
    const present = await findBotSession(tx, bot)
    if (present?.state === 'active') return present.id
    const { account, auth, identity } = await logIn(bots, bot)
    // Whoever still had the lost login has closed it; a new id is owned by nobody.
    if (present) await deleteBotSession(tx, present.id)
    return insertBotSession(tx, {
      tenantId: bot.tenantId,
      sessionName: `bot:${account.userId}`,
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
function botOf({ keys, token: operators }: Bots, source: SourceRow): Bot {
  const { encryptedBotToken, botApiId: apiId, encryptedBotApiHash, tenantId } = source
  const own = encryptedBotToken === null ? null : keys.decrypt(encryptedBotToken).toString()
  const token = own ?? (tenantId === null ? operators : null)
  const botId = token === null ? null : botIdOf(token)
  if (token === null || botId === null)
    throw new RunImpossible(
      'No session can read this channel: log an account in, or give the source the token of a bot that is an administrator of the channel',
    )
  const apiHash = encryptedBotApiHash === null ? null : keys.decrypt(encryptedBotApiHash).toString()
  const hasOwnApi = own !== null && apiId !== null && apiHash !== null
  return { tenantId, botId, token, api: hasOwnApi ? { apiId, apiHash } : undefined }
}

async function logIn({ telegram }: Bots, { token, api }: Bot): Promise<SignedIn> {
  try {
    return await loginBot(telegram, { token, api })
  } catch (error) {
    if (error instanceof BotTokenRefused || error instanceof ApplicationRefused)
      throw new RunImpossible(`The bot cannot log in: ${error.message}`, { cause: error })
    throw error
  }
}
