import type { TlObject } from '../tl/object.ts'
import type { Channel } from './channel.ts'
import type { ChannelMarks } from './channel-marks.ts'
import { now } from './clock.ts'
import type { Conversation } from './conversation.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Mailbox } from './mailbox.ts'
import type { Peer } from './peer.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

/** The reading account and its session. */
export interface Reader {
  readonly accountId: bigint
  readonly origin: object | null
}

/**
 * Marks a dialog of a mailbox as read up to `maxId`, and sends the update to the authors of the messages. Undefined if
 * the dialog was read up to there already.
 */
export function readConversation(
  transaction: Transaction,
  { mailboxes }: World,
  { accountId, origin }: Reader,
  { peer, maxId }: { readonly peer: Peer; readonly maxId: number },
): LoggedEvent | undefined {
  const mailbox = mailboxes.of(accountId)
  const conversation = mailbox.conversation(peer)
  if (conversation === undefined) return undefined
  const { marks } = conversation
  const newest = Math.min(maxId, conversation.topId)
  if (newest <= marks.inbox) return undefined
  const written = newestByAuthor(conversation, newest)
  mailbox.mark(transaction, peer, { ...marks, inbox: newest })
  const event = record(transaction, mailbox, { kind: 'read_inbox', peer, maxId: newest })
  transaction.announce({ accountIds: [accountId], origin, channelId: null, events: [event] })
  for (const [authorId, uid] of written) {
    const messageId = mailboxes.copies(uid).get(authorId)
    const dialog = peer.kind === 'user' ? ({ kind: 'user', id: accountId } as const) : peer
    if (messageId !== undefined) markOutbox(transaction, mailboxes.of(authorId), dialog, messageId)
  }
  return event
}

/** The uid of the newest message by each author among the newly read ones. */
function newestByAuthor(conversation: Conversation, newest: number): Map<bigint, number> {
  const found = new Map<bigint, number>()
  for (const id of conversation.idsFrom(conversation.marks.inbox + 1)) {
    if (id > newest) break
    const message = conversation.get(id)
    if (message === undefined || message.tl['out'] === true) continue
    found.set(message.authorId, message.uid)
  }
  return found
}

function markOutbox(transaction: Transaction, mailbox: Mailbox, peer: Peer, maxId: number): void {
  const marks = mailbox.conversation(peer)?.marks
  if (marks === undefined || marks.outbox >= maxId) return
  mailbox.mark(transaction, peer, { ...marks, outbox: maxId })
  const event = record(transaction, mailbox, { kind: 'read_outbox', peer, maxId })
  const { accountId } = mailbox
  transaction.announce({ accountIds: [accountId], origin: null, channelId: null, events: [event] })
}

function record(
  transaction: Transaction,
  mailbox: Mailbox,
  read: {
    readonly kind: 'read_inbox' | 'read_outbox'
    readonly peer: Peer
    readonly maxId: number
  },
): LoggedEvent {
  return mailbox.record(transaction, {
    kind: read.kind,
    ptsCount: 1,
    peer: read.peer,
    messageIds: [read.maxId],
    text: null,
    authorId: null,
    date: now(),
    silent: false,
  })
}

/** Marks a channel as read up to `maxId`. In supergroups, sends the update to the authors of the messages. */
export function readChannel(
  transaction: Transaction,
  { channelMarks }: World,
  { accountId, origin }: Reader,
  { channel, maxId }: { readonly channel: Channel; readonly maxId: number },
): void {
  const before = channelMarks.inbox(accountId, channel)
  const newest = Math.min(maxId, channel.topId)
  if (newest <= before) return
  channelMarks.read(transaction, channel, { accountId, maxId: newest })
  transaction.announce({
    accountIds: [accountId],
    origin,
    update: channelInboxUpdate(channelMarks, accountId, channel),
  })
  if (channel.blueprint.kind === 'supergroup') {
    notifyAuthors(transaction, { accountId, channel, before, newest })
  }
}

/** The update with an account's read position in a channel. */
export function channelInboxUpdate(
  channelMarks: ChannelMarks,
  accountId: bigint,
  channel: Channel,
): TlObject {
  return {
    _: 'updateReadChannelInbox',
    channel_id: channel.id,
    max_id: channelMarks.inbox(accountId, channel),
    still_unread_count: channelMarks.unreadCount(accountId, channel),
    pts: channel.pts,
  }
}

function notifyAuthors(
  transaction: Transaction,
  {
    accountId,
    channel,
    before,
    newest,
  }: {
    readonly accountId: bigint
    readonly channel: Channel
    readonly before: number
    readonly newest: number
  },
): void {
  const written = new Map<bigint, number>()
  for (const id of channel.idsFrom(before + 1)) {
    if (id > newest) break
    const authorId = channel.get(id)?.authorId
    if (authorId !== undefined && authorId !== accountId) written.set(authorId, id)
  }
  for (const [authorId, maxId] of written) {
    transaction.announce({
      accountIds: [authorId],
      origin: null,
      update: { _: 'updateReadChannelOutbox', channel_id: channel.id, max_id: maxId },
    })
  }
}
