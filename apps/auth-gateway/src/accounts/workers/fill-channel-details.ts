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
  claimSessionsToAsk,
  findUncheckedChat,
  postponeChat,
  scheduleDetails,
  updateChannelDetails,
  type ChatRef,
} from '../sessions/channels/queries.ts'
import { useSession, type UseSessionDeps } from '../sessions/use-session.ts'

/** One call per second and session, as Telegram tolerates it. */
const BETWEEN_CALLS_MS = 1_000
const AFTER_TROUBLE_MS = 60_000
/** A chat whose details could not be read or stored waits this long; its session goes on with the others. */
const POSTPONE_MS = 10 * 60_000
/** Of a session whose worker has died the next one goes on after this. */
const HOLD_MS = 90_000
const SESSIONS_AT_ONCE = 16

export interface FillDeps extends UseSessionDeps {
  readonly log: Logger
}

interface FillOptions {
  /** Between two polls while sessions have something to ask for. */
  readonly pollMs: number
  /** Each poll that finds nothing doubles the next sleep, up to this: notifications may be lost. */
  readonly maxPollMs: number
  /** Called when a session has chats whose details are not known. */
  readonly wakeUp: WakeUp
  readonly signal: AbortSignal
}

/**
 * Asks for descriptions and sizes of channels and groups, one by one, until `signal` is aborted. Sessions
 * take turns, over all replicas, so that an account with hundreds of channels is never in a hurry.
 */
export async function fillChannelDetails(
  deps: FillDeps,
  { pollMs, maxPollMs, wakeUp, signal }: FillOptions,
): Promise<void> {
  let napMs = pollMs
  while (!signal.aborted) {
    napMs = Math.min(2 * napMs, maxPollMs)
    try {
      const claim = { limit: SESSIONS_AT_ONCE, holdMs: HOLD_MS }
      const sessionIds = await claimSessionsToAsk(deps.db, claim)
      if (sessionIds.length > 0) napMs = pollMs
      await Promise.all(sessionIds.map((sessionId) => askForOne(deps, sessionId)))
    } catch (error) {
      deps.log.warn({ err: error }, 'channel_details.poll_failed')
    }
    if (await wakeUp.wait(napMs, signal)) napMs = pollMs
  }
}

async function askForOne(deps: FillDeps, sessionId: number): Promise<void> {
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
    // Before the pause: a process that dies in between leaves a claimed session, which `HOLD_MS` frees.
    if (isAboutChat(error)) await postponeChat(deps.db, sessionId, { chat, afterMs: POSTPONE_MS })
    await scheduleDetails(deps.db, sessionId, pauseAfter(error))
  }
}

/** A channel that the account can no longer see is not asked for again. */
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

/** Telegram refused the call, or its answer could not be stored. Any other error is about the session or its lease. */
function isAboutChat(error: unknown): boolean {
  return error instanceof RpcFailed || !(error instanceof TelegramError)
}

function pauseAfter(error: unknown): number {
  return error instanceof FloodWait ? error.seconds * 1000 : AFTER_TROUBLE_MS
}
