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
  const stored = await findBotSession(db, bot)
  if (stored && isLoggedIn(stored, bot)) return stored.id
  const logins = underWay.get(db) ?? new Map<string, Promise<number>>()
  underWay.set(db, logins)
  const key = `${ownerKey(bot.owner)} ${sessionNameOf(bot)}`
  const present = logins.get(key)
  if (present) return present
  // Each login removes only itself, before its callers continue.
  const login = makeBotSession(db, bots, bot).finally(() => logins.delete(key))
  logins.set(key, login)
  return login
}

/**
 * Logs the bot in, then stores its session, unless another process has stored one meanwhile. A login that is not stored is
 * signed out. No transaction is open during a call to Telegram.
 */
async function makeBotSession(db: Db, bots: Bots, bot: Bot): Promise<number> {
  const signedIn = await logIn(bots, bot)
  // A login whose sign-out fails stays unused at Telegram: its key is stored nowhere.
  const abandon = () => abandonSignIn(bots.telegram, signedIn).catch(() => {})
  try {
    const { id, isNew } = await storeLogin(db, bots, { bot, signedIn })
    if (!isNew) await abandon()
    return id
  } catch (error) {
    // If only the answer to the commit was lost, the stored login is found lost at its next use, and made anew.
    await abandon()
    throw error
  }
}

interface NewLogin {
  readonly bot: Bot
  readonly signedIn: SignedIn
}

async function storeLogin(
  db: Db,
  { keys }: Bots,
  { bot, signedIn: { account, auth, identity } }: NewLogin,
): Promise<{ id: number; isNew: boolean }> {
  return db.transaction(async (tx) => {
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
      encryptedAuth: keys.encrypt(JSON.stringify(auth)),
      apiId: identity.api.apiId,
      encryptedApiHash: keys.encrypt(identity.api.apiHash),
      device: identity.device,
    })
    return { id, isNew: true }
  })
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
