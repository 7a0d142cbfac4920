import type { AccessLevel, Actor } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import {
  findSessionForPublic,
  parseChannelIdentifier,
  PeerNotFound,
  resolveChannel,
  type Channel,
} from '@telegather/telegram'
import type { SourceDeps } from './deps.ts'
import { sessionExists } from './queries.ts'

/** Which channel a source reads, and through what. */
export interface Reading {
  readonly identifier: string
  readonly accessLevel: AccessLevel
  readonly sessionId: number | null
}

/** The channel as the session sees it that looked it up. */
export interface FoundChannel {
  readonly channel: Channel
  readonly sessionId: number
}

/**
 * Looks the channel up at Telegram through the session that will read it. Null for a public channel that no session
 * can look up: its runs say what is missing. Throws what the caller is told, and what Telegram's port throws.
 */
export async function findChannel(
  { db, openSession }: SourceDeps,
  actor: Actor,
  { identifier, accessLevel, sessionId: named }: Reading,
): Promise<FoundChannel | null> {
  if (accessLevel === 'private' && named === null)
    throw new DomainError('bad_request', 'Session required for private channels')
  if (named !== null && !(await sessionExists(db, actor.tenantId, named)))
    throw new DomainError('not_found', 'Session not found')
  if (!parseChannelIdentifier(identifier))
    throw new DomainError('bad_request', `${identifier} is no name, link or id of a channel`)
  const sessionId = named ?? (await findSessionForPublic(db, actor.tenantId))
  if (sessionId === null) return null

  const telegram = await openSession(sessionId)
  try {
    const channel = await resolveChannel(telegram, identifier)
    if (accessLevel === 'private' && !channel.isMember)
      throw new DomainError('bad_request', 'The account is not a member of this channel')
    return { channel, sessionId }
  } catch (error) {
    if (!(error instanceof PeerNotFound)) throw error
    throw new DomainError(
      'bad_request',
      'Telegram knows no such channel, or the account is not a member of it',
      { cause: error },
    )
  } finally {
    await telegram.close()
  }
}

/** What a source keeps of a channel that was found. */
export function channelColumns(found: FoundChannel | null) {
  if (found === null) return {}
  const { channel, sessionId } = found
  return {
    channelId: BigInt(channel.id),
    channelAccessHash: BigInt(channel.accessHash),
    channelSessionId: sessionId,
  }
}
