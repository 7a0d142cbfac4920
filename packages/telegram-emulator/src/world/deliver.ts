import type { TlObject } from '../tl/object.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Mailbox, MailboxMessage } from './mailbox.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { MessageMedia } from './model.ts'
import { peerObject, type Peer } from './peer.ts'
import type { Transaction } from './transaction.ts'

/** A message to be delivered to the participants of a private chat or a group. */
export interface PrivateMessage {
  /** The sending account. */
  readonly from: bigint
  readonly peer: Peer
  /** The accounts that get a copy, without the sender. */
  readonly recipients: readonly bigint[]
  /** Unix seconds. */
  readonly date: number
  /** A `message` or `messageService` without id, author, peer, date and reply. */
  readonly content: TlObject
  readonly media: MessageMedia | null
  /** The message replied to, by its id in the sender's mailbox. */
  readonly replyToId: number | null
}

export interface DeliveryOptions {
  /** Suppresses updates to connected clients: they get the messages only in a difference. */
  readonly silent: boolean
  /** The sending session; null if no client sent it. */
  readonly origin: object | null
}

/** The copy in the sender's own mailbox. */
export interface SentCopy {
  readonly message: MailboxMessage
  readonly event: LoggedEvent
}

/** Stores messages in every mailbox concerned and sends updates to their owners. Returns the sender's copies. */
export function deliver(
  transaction: Transaction,
  mailboxes: Mailboxes,
  messages: readonly PrivateMessage[],
  { silent, origin }: DeliveryOptions,
): SentCopy[] {
  const events = new Map<bigint, LoggedEvent[]>()
  const sent: SentCopy[] = []
  for (const message of messages) {
    const uid = mailboxes.nextUid()
    const repliedUid = repliedTo(mailboxes, message)
    for (const owner of new Set([message.from, ...message.recipients])) {
      const mailbox = mailboxes.of(owner)
      const replyToId = repliedUid === null ? null : mailboxes.copies(repliedUid).get(owner)
      const copy = copyFor(mailbox, message, { uid, replyToId: replyToId ?? null })
      mailbox.add(transaction, copy)
      mailboxes.link(mailbox, idOf(copy), uid)
      const event = recordNew(transaction, mailbox, { copy, silent })
      events.set(owner, [...(events.get(owner) ?? []), event])
      if (owner === message.from) sent.push({ message: copy, event })
    }
  }
  if (!silent) {
    for (const [owner, own] of events) {
      transaction.announce({ accountIds: [owner], origin, channelId: null, events: own })
    }
  }
  return sent
}

function repliedTo(mailboxes: Mailboxes, { from, replyToId }: PrivateMessage): number | null {
  return replyToId === null ? null : (mailboxes.of(from).get(replyToId)?.uid ?? null)
}

function copyFor(
  mailbox: Mailbox,
  { from, peer, date, content, media }: PrivateMessage,
  { uid, replyToId }: { readonly uid: number; readonly replyToId: number | null },
): MailboxMessage {
  const isOwn = mailbox.accountId === from
  const own: Peer = isOwn || peer.kind === 'chat' ? peer : { kind: 'user', id: from }
  // An incoming private message has no `from_id`: its author is the peer of the dialog.
  const isNamed = isOwn || peer.kind === 'chat'
  return {
    peer: own,
    authorId: from,
    uid,
    media,
    tl: {
      ...content,
      ...(isOwn && { out: true }),
      id: mailbox.nextId,
      ...(isNamed && { from_id: peerObject({ kind: 'user', id: from }) }),
      peer_id: peerObject(own),
      ...(replyToId !== null && {
        reply_to: { _: 'messageReplyHeader', reply_to_msg_id: replyToId },
      }),
      date,
    },
  }
}

function recordNew(
  transaction: Transaction,
  mailbox: Mailbox,
  { copy, silent }: { readonly copy: MailboxMessage; readonly silent: boolean },
): LoggedEvent {
  const { message: text = '', date } = copy.tl
  return mailbox.record(transaction, {
    kind: 'new_message',
    ptsCount: 1,
    peer: copy.peer,
    messageIds: [idOf(copy)],
    text: text as string,
    authorId: copy.authorId,
    date: date as number,
    silent,
  })
}

function idOf({ tl }: MailboxMessage): number {
  return tl['id'] as number
}
