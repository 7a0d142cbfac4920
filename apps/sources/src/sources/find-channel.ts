import type { AccessLevel, Actor } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import { botSessionFor, findSessionForPublic, type SourceBot } from '@telegather/sessions'
import { parseChannelIdentifier, resolveChannel, type Channel } from '@telegather/telegram'
import type { SourceDeps } from './deps.ts'
import { sessionExists } from './queries.ts'

/** The channel that a source reads, and the session that reads it (null: chosen at each run). */
export interface Reading {
  readonly identifier: string
  readonly accessLevel: AccessLevel
  readonly sessionId: number | null
}

/** A channel, and the session that found it: its access hash is valid only for that session's account. */
export interface FoundChannel {
  readonly channel: Channel
  readonly sessionId: number
}

/**
 * Looks up a channel at Telegram, through the named session, any session for public channels, or the bot. Null for a
 * public channel when none of them exists; its runs then report what is missing. Throws DomainError (400, 404), and the
 * errors of the Telegram port.
 */
export async function findChannel(
  deps: SourceDeps,
  actor: Actor,
  { identifier, accessLevel, sessionId: named }: Reading,
  bot: SourceBot,
): Promise<FoundChannel | null> {
  const { db } = deps
  if (accessLevel === 'private' && named === null)
    throw new DomainError('session_required', 'Session required for private channels')
  if (named !== null && !(await sessionExists(db, actor.owner, named)))
    throw new DomainError('session_not_found', 'Session not found')
  const parsed = parseChannelIdentifier(identifier)
  if (!parsed) throw notAnIdentifier(identifier)
  const sessionId = named ?? (await findSessionForPublic(db, actor.owner))
  if (sessionId !== null) {
    const channel = await lookUp(deps, sessionId, identifier)
    if (accessLevel === 'private' && !channel.isMember)
      throw new DomainError('channel_not_found', 'The account is not a member of this channel')
    return { channel, sessionId }
  }
  // A bot can resolve only public usernames.
  const botSessionId = parsed.by === 'username' ? await botSessionFor(db, deps.bots, bot) : null
  if (botSessionId === null) return null
  const channel = await lookUp(deps, botSessionId, identifier)
  // Checked only for the source's own bot. The operator's bot may be added to the channel later; until then runs fail.
  if (bot.encryptedBotToken !== null && !channel.isMember)
    throw new DomainError(
      'bot_not_administrator',
      'The bot is not an administrator of this channel',
    )
  return { channel, sessionId: botSessionId }
}

function notAnIdentifier(identifier: string): DomainError {
  const message = `${identifier} is no name, link or id of a channel`
  return new DomainError('invalid_input', message, { fields: [{ field: 'identifier', message }] })
}

async function lookUp(
  { openSession }: SourceDeps,
  sessionId: number,
  identifier: string,
): Promise<Channel> {
  const telegram = await openSession(sessionId)
  try {
    return await resolveChannel(telegram, identifier)
  } finally {
    await telegram.close()
  }
}

/** The source's columns of a found channel. */
export function channelColumns(found: FoundChannel | null) {
  if (found === null) return {}
  const { channel, sessionId } = found
  return {
    channelId: BigInt(channel.id),
    channelAccessHash: BigInt(channel.accessHash),
    channelSessionId: sessionId,
  }
}
