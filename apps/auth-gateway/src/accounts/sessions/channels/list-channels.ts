import type { Actor } from '@telegather/contracts'
import { chats, type Chat } from '@telegather/telegram'
import { getSession } from '../get-session.ts'
import { useSession, type UseSessionDeps } from '../use-session.ts'
import { keepChannels, selectChannelDetails, type ChannelDetails, type ChatRef } from './queries.ts'

export interface ListedChat {
  readonly chat: Chat
  readonly details: ChannelDetails
}

/**
 * Every channel and group among the account's dialogs (`messages.getDialogs`), with what is known of each
 * that costs a call of its own. What is not known yet, or is to be asked for again, a worker asks for.
 */
export async function listChannels(
  deps: UseSessionDeps,
  actor: Actor,
  { sessionId, refresh }: { sessionId: number; refresh: boolean },
): Promise<ListedChat[]> {
  await getSession(deps.db, actor, sessionId)
  const listed = await useSession(deps, sessionId, async (telegram) => {
    const found = await Array.fromAsync(chats(telegram, PROMPT))
    await deps.db.transaction(async (tx) => {
      await telegram.fence(tx)
      await keepChannels(tx, sessionId, { chats: found.map(refOf), refresh })
    })
    return found
  })
  const rows = await selectChannelDetails(deps.db, sessionId)
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  return listed.map((chat) => ({ chat, details: known.get(keyOf(refOf(chat))) ?? UNKNOWN }))
}

/** Someone waits for the answer: a wait that Telegram asks for is told, not kept. */
const PROMPT = { maxFloodWaitSeconds: 0, timeoutMs: 10_000 }

const UNKNOWN: ChannelDetails = { description: null, participantsCount: null }

function refOf(chat: Chat): ChatRef {
  if (chat.kind === 'group')
    return { kind: 'group', chatId: BigInt(chat.group.groupId), accessHash: 0n }
  const { id, accessHash } = chat.channel
  return { kind: 'channel', chatId: BigInt(id), accessHash: BigInt(accessHash) }
}

function keyOf({ kind, chatId }: ChatRef): string {
  return `${kind} ${chatId}`
}
