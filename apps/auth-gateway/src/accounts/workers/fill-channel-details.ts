import type { Logger, WakeUp } from '@telegather/service'
import { SessionNotActive, SessionNotFound } from '@telegather/sessions'
import {
  FloodWait,
  PeerNotFound,
  RpcFailed,
  TelegramError,
  type Telegram,
} from '@telegather/telegram'
import {
  claimSessionsForDetails,
  findUncheckedChat,
  postponeChat,
  scheduleDetails,
  updateChannelDetails,
  type ChatRef,
} from '../sessions/channels/queries.ts'
import { useSession, type UseSessionDeps } from '../sessions/use-session.ts'

/** Interval of the calls of one session, which Telegram tolerates. */
const BETWEEN_CALLS_MS = 1_000
/** Delay of a session's next call after an error other than a flood wait. */
const RETRY_MS = 60_000
/** Delay of a chat whose details could not be read or stored. The session's other chats are not delayed. */
const POSTPONE_MS = 10 * 60_000
/** Duration of a claim: after it another worker may claim the session of a dead one. */
const CLAIM_MS = 90_000
const SESSIONS_AT_ONCE = 16

export interface FillDeps extends UseSessionDeps {
  readonly log: Logger
}

interface FillOptions {
  /** Interval of the polls while sessions have chats without details. */
  readonly pollMs: number
  /** Each poll that finds no session doubles the next sleep, up to this. It is bounded, since a wake-up may be lost. */
  readonly maxPollMs: number
  /** The caller calls it when a session has chats without details. */
  readonly wakeUp: WakeUp
  readonly signal: AbortSignal
}

/**
 * Reads the descriptions and member counts of channels and groups from Telegram, one call at a time for each session,
 * until `signal` aborts. Sessions take turns across all replicas.
 */
export async function fillChannelDetails(
  deps: FillDeps,
  { pollMs, maxPollMs, wakeUp, signal }: FillOptions,
): Promise<void> {
  let napMs = pollMs
  while (!signal.aborted) {
    napMs = Math.min(2 * napMs, maxPollMs)
    try {
      const claim = { limit: SESSIONS_AT_ONCE, claimMs: CLAIM_MS }
      const sessionIds = await claimSessionsForDetails(deps.db, claim)
      if (sessionIds.length > 0) napMs = pollMs
      await Promise.all(sessionIds.map((sessionId) => readNextChat(deps, sessionId)))
    } catch (error) {
      deps.log.warn({ err: error }, 'channel_details.poll_failed')
    }
    if (await wakeUp.wait(napMs, signal)) napMs = pollMs
  }
}

async function readNextChat(deps: FillDeps, sessionId: number): Promise<void> {
  const chat = await findUncheckedChat(deps.db, sessionId)
  if (!chat) return
  try {
    await useSession(deps, sessionId, async (telegram) => {
      const { about, participantsCount } = await infoOf(telegram, chat)
      await deps.db.transaction(async (tx) => {
        await telegram.fence(tx)
        await updateChannelDetails(tx, sessionId, chat, { description: about, participantsCount })
      })
    })
    await scheduleDetails(deps.db, sessionId, BETWEEN_CALLS_MS)
  } catch (error) {
    if (error instanceof SessionNotActive || error instanceof SessionNotFound) return
    deps.log.warn({ err: error, sessionId, chatId: String(chat.chatId) }, 'channel_details.failed')
    // Postponed first. After a crash in between, the claim of the session ends after `CLAIM_MS`.
    if (isAboutChat(error)) await postponeChat(deps.db, sessionId, { chat, afterMs: POSTPONE_MS })
    await scheduleDetails(deps.db, sessionId, pauseAfter(error))
  }
}

/** Reads a chat's details. For a channel that the account can no longer see they are null, and not read again. */
async function infoOf(
  telegram: Telegram,
  { kind, chatId, accessHash }: ChatRef,
): Promise<{ about: string | null; participantsCount: number | null }> {
  const id = String(chatId)
  const ref = kind === 'group' ? { groupId: id } : { id, accessHash: String(accessHash) }
  try {
    return await telegram.channelInfo({ chat: ref })
  } catch (error) {
    if (error instanceof PeerNotFound) return { about: null, participantsCount: null }
    throw error
  }
}

/** True when Telegram refused the call or its result could not be stored. Other errors concern the session or its lease. */
function isAboutChat(error: unknown): boolean {
  return error instanceof RpcFailed || !(error instanceof TelegramError)
}

function pauseAfter(error: unknown): number {
  return error instanceof FloodWait ? error.seconds * 1000 : RETRY_MS
}
