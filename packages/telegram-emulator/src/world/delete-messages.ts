import type { Channel } from './channel.ts'
import { deletePost, recordEvent } from './channel-changes.ts'
import { now } from './clock.ts'
import type { DeliveryOptions } from './deliver.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Peer } from './peer.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

interface MailboxDeletion {
  readonly accountId: bigint
  readonly ids: readonly number[]
  /** Deletes the messages from the other mailboxes too. */
  readonly revoke: boolean
}

/** Deletes messages from a mailbox. Returns the account's event; undefined if no message existed. */
export function deleteFromMailboxes(
  transaction: Transaction,
  { mailboxes }: World,
  { accountId, ids, revoke }: MailboxDeletion,
  { silent, origin }: DeliveryOptions,
): LoggedEvent | undefined {
  const mailbox = mailboxes.of(accountId)
  const concerned = new Map<bigint, number[]>()
  for (const id of new Set(ids)) {
    const uid = mailbox.get(id)?.uid
    if (uid === undefined) continue
    const copies = revoke ? mailboxes.copies(uid) : new Map([[accountId, id]])
    for (const [owner, messageId] of copies) {
      concerned.set(owner, [...(concerned.get(owner) ?? []), messageId])
    }
  }
  let own: LoggedEvent | undefined
  for (const [owner, messageIds] of concerned) {
    const event = takeOut(transaction, { mailboxes, owner, messageIds, silent })
    if (owner === accountId) own = event
    if (!silent) {
      transaction.announce({ accountIds: [owner], origin, channelId: null, events: [event] })
    }
  }
  return own
}

function takeOut(
  transaction: Transaction,
  {
    mailboxes,
    owner,
    messageIds,
    silent,
  }: Pick<World, 'mailboxes'> & {
    readonly owner: bigint
    readonly messageIds: readonly number[]
    readonly silent: boolean
  },
): LoggedEvent {
  const mailbox = mailboxes.of(owner)
  const peers = new Map<string, Peer>()
  for (const id of messageIds) {
    const message = mailbox.get(id)
    if (message === undefined) continue
    peers.set(`${message.peer.kind}${message.peer.id}`, message.peer)
    mailbox.remove(transaction, id)
    mailboxes.unlink(mailbox, message.uid)
  }
  const [peer = null] = peers.values()
  return mailbox.record(transaction, {
    kind: 'delete_messages',
    ptsCount: messageIds.length,
    peer: peers.size === 1 ? peer : null,
    messageIds,
    text: null,
    authorId: null,
    date: now(),
    silent,
  })
}

/** Deletes posts and sends the update to the members. Undefined if no post existed. */
export function deleteFromChannel(
  transaction: Transaction,
  world: World,
  { channel, ids }: { readonly channel: Channel; readonly ids: readonly number[] },
  { silent, origin }: DeliveryOptions,
): LoggedEvent | undefined {
  const messageIds = [...new Set(ids)].filter((id) => channel.get(id) !== undefined)
  if (messageIds.length === 0) return undefined
  for (const id of messageIds) deletePost(transaction, channel, id)
  const audience = world.audiences.current(transaction, channel)
  const event = recordEvent(transaction, channel, {
    kind: 'delete_messages',
    ptsCount: messageIds.length,
    peer: { kind: 'channel', id: channel.id },
    messageIds,
    text: null,
    authorId: null,
    date: now(),
    silent,
    audience,
  })
  if (!silent) {
    const accountIds = world.audiences.get(channel.id, audience)
    transaction.announce({ accountIds, origin, channelId: channel.id, events: [event] })
  }
  return event
}
