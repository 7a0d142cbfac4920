import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import { now } from '../world/clock.ts'
import { deliver } from '../world/deliver.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import type { ChannelMessage, MessageMedia } from '../world/model.ts'
import type { Peer } from '../world/peer.ts'
import { postToChannel } from '../world/post-to-channel.ts'
import { readChannel } from '../world/read-history.ts'
import { recipientsOf } from '../world/recipients.ts'
import type { Transaction } from '../world/transaction.ts'
import { change } from '../world/world.ts'
import { timelineOf, type DialogPeer } from './dialog-peer.ts'
import type { SignedInCaller } from './method.ts'

/** A message sent by a client. */
export interface OutgoingMessage {
  /** A `message` without the fields that the server adds. */
  readonly content: TlObject
  readonly media: MessageMedia | null
  readonly randomId: bigint
  /** The message replied to, or null. */
  readonly replyToId: number | null
}

export interface SentMessage {
  readonly message: ChannelMessage
  readonly event: LoggedEvent
  readonly randomId: bigint
}

/**
 * Stores all of the messages in a dialog or none, and sends updates to all participants except the caller's session.
 * Throws RANDOM_ID_EMPTY, RANDOM_ID_DUPLICATE, REPLY_MESSAGE_ID_INVALID, CHAT_ADMIN_REQUIRED, CHAT_WRITE_FORBIDDEN.
 */
export function send(
  caller: SignedInCaller,
  dialog: DialogPeer,
  messages: readonly OutgoingMessage[],
): SentMessage[] {
  checkRandomIds(caller, messages)
  if ('channel' in dialog) checkWritable(caller, dialog.channel)
  else checkGroup(caller, dialog.peer)
  const timeline = timelineOf(caller, dialog)
  for (const { replyToId } of messages) {
    if (replyToId !== null && timeline.get(replyToId) === undefined) {
      throw new RpcError(400, 'REPLY_MESSAGE_ID_INVALID')
    }
  }
  return change(caller.world, (transaction) => {
    const sent =
      'channel' in dialog
        ? toChannel(transaction, caller, dialog.channel, messages)
        : toMailboxes(transaction, caller, dialog.peer, messages)
    return messages.map(({ randomId }, index) => {
      const copy = sent[index]
      if (copy === undefined) throw new RangeError('a message was not delivered')
      recordSent(transaction, caller, { ...copy, randomId, dialog })
      return { ...copy, randomId }
    })
  })
}

/** A repeated `random_id` means that the message was sent already. */
function checkRandomIds(
  { world, account }: SignedInCaller,
  messages: readonly OutgoingMessage[],
): void {
  const ids = new Set(messages.map(({ randomId }) => randomId))
  if (ids.has(0n)) throw new RpcError(400, 'RANDOM_ID_EMPTY')
  const isRepeated =
    ids.size < messages.length || [...ids].some((id) => world.sent.has(account.id, id))
  if (isRepeated) throw new RpcError(500, 'RANDOM_ID_DUPLICATE')
}

/**
 * Broadcast channels accept messages from admins, supergroups from members. Throws CHAT_ADMIN_REQUIRED or
 * CHAT_WRITE_FORBIDDEN.
 */
function checkWritable({ world, account }: SignedInCaller, channel: Channel): void {
  if (world.admins.has(channel.id, account.id)) return
  if (channel.blueprint.kind === 'broadcast') throw new RpcError(403, 'CHAT_ADMIN_REQUIRED')
  if (!world.channels.isMember(account, channel)) throw new RpcError(403, 'CHAT_WRITE_FORBIDDEN')
}

/** A group that was migrated to a supergroup accepts no messages. */
function checkGroup({ world }: SignedInCaller, peer: Peer): void {
  const group = peer.kind === 'chat' ? world.groups.get(peer.id) : undefined
  if (group !== undefined && group.migratedTo !== null) {
    throw new RpcError(403, 'CHAT_WRITE_FORBIDDEN')
  }
}

type Delivered = Omit<SentMessage, 'randomId'>

function toMailboxes(
  transaction: Transaction,
  { world, account, session }: SignedInCaller,
  peer: Peer,
  messages: readonly OutgoingMessage[],
): Delivered[] {
  const recipients = recipientsOf(world, account.id, peer)
  const common = { from: account.id, peer, recipients, date: now() }
  return deliver(
    transaction,
    world.mailboxes,
    messages.map((message) => ({ ...message, ...common })),
    { silent: false, origin: session },
  )
}

/** Sending to a supergroup marks it as read for the sender. */
function toChannel(
  transaction: Transaction,
  { world, account, session }: SignedInCaller,
  channel: Channel,
  messages: readonly OutgoingMessage[],
): Delivered[] {
  const posts = messages.map((message) => ({ ...message, authorId: account.id }))
  const options = { silent: false, origin: session }
  const posted = postToChannel(transaction, world, { channel, posts }, options)
  const reader = { accountId: account.id, origin: session }
  readChannel(transaction, world, reader, { channel, maxId: channel.topId })
  return posted
}

function recordSent(
  transaction: Transaction,
  { world, account }: SignedInCaller,
  sent: SentMessage & { readonly dialog: DialogPeer },
): void {
  const { message, randomId, dialog } = sent
  const { id, message: text, date } = message.tl
  world.sent.add(transaction, {
    accountId: account.id,
    peer: 'channel' in dialog ? { kind: 'channel', id: dialog.channel.id } : dialog.peer,
    messageId: id as number,
    randomId,
    text: text as string,
    media: message.media,
    date: date as number,
  })
}
