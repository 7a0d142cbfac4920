import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { sliceHistory } from '../world/history-slice.ts'
import type { Timeline } from '../world/model.ts'
import { dialogPeer, timelineOf } from './dialog-peer.ts'
import { getDialogs, getPeerDialogs, getPinnedDialogs } from './dialogs.ts'
import { readableChannel, type InputChannel, type InputPeer } from './input.ts'
import { listHash } from './list-hash.ts'
import { channelMessages, pageLimit, privateMessages } from './message-pages.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'

const MAX_IDS = 100

interface GetHistory {
  readonly peer: InputPeer
  readonly offset_id: number
  readonly offset_date: number
  readonly add_offset: number
  readonly limit: number
  readonly max_id: number
  readonly min_id: number
  readonly hash: bigint
}

/** `InputMessage` of the schema. */
type InputMessage =
  | { readonly _: 'inputMessageID' | 'inputMessageReplyTo'; readonly id: number }
  | { readonly _: 'inputMessagePinned' | 'inputMessageCallbackQuery' }

function getHistory(caller: SignedInCaller, params: GetHistory): TlObject {
  const dialog = dialogPeer(caller, params.peer)
  const timeline = timelineOf(caller, dialog)
  const ids = sliceHistory(timeline, {
    offsetId: params.offset_id,
    offsetDate: params.offset_date,
    addOffset: params.add_offset,
    limit: pageLimit(params.limit),
    maxId: params.max_id,
    minId: params.min_id,
  })
  if (params.hash !== 0n && params.hash === listHash(ids)) {
    return { _: 'messages.messagesNotModified', count: timeline.count }
  }
  if ('channel' in dialog) return channelMessages(caller, dialog.channel, ids)
  return privateMessages(caller, ids, timeline.count)
}

/** Private chats and groups share one sequence of ids. */
function getMessages(caller: SignedInCaller, params: { id: readonly InputMessage[] }): TlObject {
  const mailbox = caller.world.mailboxes.of(caller.account.id)
  const ids = requireIds(params.id).map((input) => messageIdOf(mailbox, input))
  return privateMessages(caller, ids, ids.length)
}

/** `channels.getMessages`: in the requested order, with `messageEmpty` for missing ids. */
export function getChannelMessages(
  caller: SignedInCaller,
  params: { channel: InputChannel; id: readonly InputMessage[] },
): TlObject {
  const channel = readableChannel(caller, params.channel)
  const ids = requireIds(params.id).map((input) => messageIdOf(channel, input))
  return { ...channelMessages(caller, channel, ids), count: ids.length }
}

function requireIds(ids: readonly InputMessage[]): readonly InputMessage[] {
  if (ids.length === 0) throw new RpcError(400, 'MESSAGE_IDS_EMPTY')
  return ids.slice(0, MAX_IDS)
}

function messageIdOf(messages: Pick<Timeline, 'get'>, input: InputMessage): number {
  if (input._ === 'inputMessageID') return input.id
  if (input._ !== 'inputMessageReplyTo') return 0
  const reply = messages.get(input.id)?.tl['reply_to'] as TlObject | undefined
  return (reply?.['reply_to_msg_id'] as number | undefined) ?? 0
}

export const messagesMethods: MethodTable = {
  'messages.getDialogs': signedIn(getDialogs),
  'messages.getPinnedDialogs': signedIn(getPinnedDialogs),
  'messages.getPeerDialogs': signedIn(getPeerDialogs),
  'messages.getHistory': signedIn(getHistory),
  'messages.getMessages': signedIn(getMessages),
}
