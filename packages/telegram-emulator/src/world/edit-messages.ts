import type { TlObject } from '../tl/object.ts'
import type { Channel } from './channel.ts'
import { recordEvent, replacePost } from './channel-changes.ts'
import { now } from './clock.ts'
import type { DeliveryOptions } from './deliver.ts'
import type { LoggedEvent } from './event-log.ts'
import type { ChannelMessage, MessageMedia } from './model.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

/** The content after an edit. Fields that are null or undefined are removed from the message. */
export interface Edit {
  readonly message: string
  readonly entities: readonly TlObject[]
  /** Undefined keeps the media. */
  readonly media?: { readonly tl: TlObject; readonly media: MessageMedia | null } | undefined
}

/** Edits a message in every mailbox that has a copy. Returns the event of the given account. */
export function editInMailboxes(
  transaction: Transaction,
  { mailboxes }: World,
  { accountId, id, edit }: { readonly accountId: bigint; readonly id: number; readonly edit: Edit },
  { silent, origin }: DeliveryOptions,
): LoggedEvent | undefined {
  const uid = mailboxes.of(accountId).get(id)?.uid
  if (uid === undefined) return undefined
  let own: LoggedEvent | undefined
  for (const [owner, messageId] of mailboxes.copies(uid)) {
    const mailbox = mailboxes.of(owner)
    const copy = mailbox.get(messageId)
    if (copy === undefined) continue
    const edited = { ...copy, ...applied(copy, edit) }
    mailbox.replace(transaction, messageId, edited)
    const event = mailbox.record(transaction, {
      kind: 'edit_message',
      ptsCount: 1,
      peer: copy.peer,
      messageIds: [messageId],
      text: edit.message,
      authorId: copy.authorId,
      date: now(),
      silent,
    })
    if (owner === accountId) own = event
    if (!silent) {
      transaction.announce({ accountIds: [owner], origin, channelId: null, events: [event] })
    }
  }
  return own
}

/** Edits a post and sends the update to the members. Undefined if there is no such post. */
export function editInChannel(
  transaction: Transaction,
  world: World,
  { channel, id, edit }: { readonly channel: Channel; readonly id: number; readonly edit: Edit },
  { silent, origin }: DeliveryOptions,
): LoggedEvent | undefined {
  const post = channel.get(id)
  if (post === undefined) return undefined
  replacePost(transaction, channel, id, { ...post, ...applied(post, edit) })
  const audience = world.audiences.current(transaction, channel)
  const event = recordEvent(transaction, channel, {
    kind: 'edit_message',
    ptsCount: 1,
    peer: { kind: 'channel', id: channel.id },
    messageIds: [id],
    text: edit.message,
    authorId: post.authorId ?? null,
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

function applied({ tl, media }: ChannelMessage, edit: Edit): Pick<ChannelMessage, 'tl' | 'media'> {
  const { entities: _entities, ...kept } = tl
  return {
    media: edit.media === undefined ? media : edit.media.media,
    tl: {
      ...kept,
      _: tl._,
      message: edit.message,
      ...(edit.entities.length > 0 && { entities: edit.entities }),
      ...(edit.media !== undefined && { media: edit.media.tl }),
      edit_date: now(),
    },
  }
}
