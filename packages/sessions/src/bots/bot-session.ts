import { createHash } from 'node:crypto'
import { ownerKey } from '@telegather/contracts'
import { ownerOf, storedOwner, type Db, type StoredOwner } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import {
  abandonSignIn,
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
  type BotSession,
} from './queries.ts'

export interface Bots {
  readonly keys: KeyRing
  readonly telegram: TelegramConfig
  /** Of the operator's bot, which reads for those of the operator's sources that have no bot of their own. */
  readonly token: string | null
}

/** A source's own bot, if it has one, and the source's owner. */
export interface SourceBot extends StoredOwner {
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

/** The logins that this process is making, by database and bot. */
const underWay = new WeakMap<Db, Map<string, Promise<number>>>()

/**
 * The session of the bot that reads a public source where no account's session does; null when there is no bot. A bot is
 * logged in once for each token; its login is stored as a session that no list shows. Throws BotRefused, FloodWait, and
 * what connecting throws.
 */
export async function botSessionFor(db: Db, bots: Bots, of: SourceBot): Promise<number | null> {
  const bot = botOf(bots, of)
  if (bot === null) return null
  const present = await findBotSession(db, bot)
  if (present && isLoggedIn(present, bot)) return present.id
  const logins = underWay.get(db) ?? new Map<string, Promise<number>>()
  underWay.set(db, logins)
  const key = `${ownerKey(bot.owner)} ${sessionNameOf(bot)}`
  const login = logins.get(key) ?? makeBotSession(db, bots, bot)
  logins.set(key, login)
  try {
    return await login
  } finally {
    logins.delete(key)
  }
}

/**
 * Logs the bot in, then stores its session, unless another process has done both meanwhile: then the new login is signed
 * out. No transaction is open while Telegram is asked.
 */
async function makeBotSession(db: Db, bots: Bots, bot: Bot): Promise<number> {
  const { account, auth, identity } = await logIn(bots, bot)
  const stored = await db.transaction(async (tx) => {
    await lockBot(tx, bot)
    const present = await findBotSession(tx, bot)
    if (present && isLoggedIn(present, bot)) return { id: present.id, isNew: false }
    // Its login is lost, or was made with an earlier token. A new id: no process holds a lease of it.
    if (present) await deleteBotSession(tx, present.id)
    const id = await insertBotSession(tx, {
      ...storedOwner(bot.owner),
      sessionName: sessionNameOf(bot),
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
    return { id, isNew: true }
  })
  if (!stored.isNew)
    // A login that cannot be signed out now stays unused at Telegram: its key is stored nowhere.
    await abandonSignIn(bots.telegram, { auth, identity }).catch(() => {})
  return stored.id
}

function isLoggedIn(present: BotSession, bot: Bot): boolean {
  return present.state === 'active' && present.sessionName === sessionNameOf(bot)
}

/** Differs for each token of the bot; no user's name for a session looks like it. */
function sessionNameOf({ botId, token }: Bot): string {
  return `bot ${botId} ${createHash('sha256').update(token).digest('hex')}`
}

/** A tenant's source is read by its own bot only; the operator's sources by theirs, or the operator's. */
function botOf({ keys, token: operators }: Bots, of: SourceBot): Bot | null {
  const { encryptedBotToken, botApiId: apiId, encryptedBotApiHash } = of
  const owner = ownerOf(of)
  const own = encryptedBotToken === null ? null : keys.decrypt(encryptedBotToken).toString()
  const token = own ?? (owner.kind === 'operator' ? operators : null)
  const botId = token === null ? null : botIdOf(token)
  if (token === null || botId === null) return null
  const apiHash = encryptedBotApiHash === null ? null : keys.decrypt(encryptedBotApiHash).toString()
  const hasOwnApi = own !== null && apiId !== null && apiHash !== null
  return { owner, botId, token, api: hasOwnApi ? { apiId, apiHash } : undefined }
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
