import type { Actor } from '@telegather/contracts'
import { chats, type Chat } from '@telegather/telegram'
import { getSession } from '../get-session.ts'
import { useSession, type UseSessionDeps } from '../use-session.ts'
import { saveChannels, selectChannelDetails, type ChannelDetails, type ChatRef } from './queries.ts'

export interface ListedChat {
  readonly chat: Chat
  readonly details: ChannelDetails
}

/**
 * Lists the channels and groups among the account's dialogs (`messages.getDialogs`), with their stored details. Details
 * cost one call for each chat, so a worker reads missing ones later, and with `refresh` all of them again.
 */
export async function listChannels(
  deps: UseSessionDeps,
  actor: Actor,
  { sessionId, refresh }: { sessionId: number; refresh: boolean },
): Promise<ListedChat[]> {
  await getSession(deps.db, actor, sessionId)
  const listed = await useSession(deps, sessionId, async (telegram) => {
    const found = await Array.fromAsync(chats(telegram, INTERACTIVE))
    await deps.db.transaction(async (tx) => {
      await telegram.fence(tx)
      await saveChannels(tx, sessionId, { chats: found.map(refOf), refresh })
    })
    return found
  })
  const rows = await selectChannelDetails(deps.db, sessionId)
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  return listed.map((chat) => ({ chat, details: known.get(keyOf(refOf(chat))) ?? UNKNOWN }))
}

/** A client waits for the response, so a flood wait is reported at once. */
const INTERACTIVE = { maxFloodWaitSeconds: 0, timeoutMs: 10_000 }

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
