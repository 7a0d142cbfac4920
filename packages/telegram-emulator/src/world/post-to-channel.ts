import type { TlObject } from '../tl/object.ts'
import type { Channel } from './channel.ts'
import { addPost, recordEvent } from './channel-changes.ts'
import { now } from './clock.ts'
import type { DeliveryOptions } from './deliver.ts'
import type { LoggedEvent } from './event-log.ts'
import type { ChannelMessage, MessageMedia } from './model.ts'
import { peerObject } from './peer.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

/** A message to be posted in a channel. */
export interface ChannelPost {
  /** A `message` or `messageService` without id, author, peer, date and reply. */
  readonly content: TlObject
  readonly media: MessageMedia | null
  /** The posting account; null for the channel itself. */
  readonly authorId: bigint | null
  readonly replyToId: number | null
}

export interface PostedMessage {
  readonly message: ChannelMessage
  readonly event: LoggedEvent
}

/** Adds posts with the current date and sends updates to the members. */
export function postToChannel(
  transaction: Transaction,
  world: World,
  { channel, posts }: { readonly channel: Channel; readonly posts: readonly ChannelPost[] },
  { silent, origin }: DeliveryOptions,
): PostedMessage[] {
  const audience = world.audiences.current(transaction, channel)
  const posted = posts.map((post) => {
    const message = messageOf(channel, post)
    addPost(transaction, channel, message)
    const event = recordEvent(transaction, channel, {
      kind: 'new_message',
      ptsCount: 1,
      peer: { kind: 'channel', id: channel.id },
      messageIds: [message.tl['id'] as number],
      text: (message.tl['message'] as string | undefined) ?? '',
      authorId: post.authorId,
      date: now(),
      silent,
      audience,
    })
    return { message, event }
  })
  const accountIds = world.audiences.get(channel.id, audience)
  if (!silent) {
    const events = posted.map(({ event }) => event)
    transaction.announce({ accountIds, origin, channelId: channel.id, events })
  }
  return posted
}

function messageOf(channel: Channel, post: ChannelPost): ChannelMessage {
  const { content, media, authorId, replyToId } = post
  const id = channel.nextId
  return {
    media,
    ...(authorId !== null && { authorId }),
    tl: {
      ...authorship(channel, authorId),
      ...content,
      id,
      peer_id: { _: 'peerChannel', channel_id: channel.id },
      ...(replyToId !== null && {
        reply_to: { _: 'messageReplyHeader', reply_to_msg_id: replyToId },
      }),
      date: Math.max(now(), dateOf(channel.get(channel.topId))),
    },
  }
}

/** Posts of a broadcast channel have no author. In a supergroup, a message without an author is by the group itself. */
function authorship({ id, blueprint }: Channel, authorId: bigint | null): Partial<TlObject> {
  if (blueprint.kind === 'broadcast') return { post: true, views: 1, forwards: 0 }
  const author =
    authorId === null
      ? ({ kind: 'channel', id } as const)
      : ({ kind: 'user', id: authorId } as const)
  return { from_id: peerObject(author) }
}

/** Dates ascend with ids, even if the clock of the machine is behind the newest message. */
function dateOf(message: ChannelMessage | undefined): number {
  return message === undefined ? 0 : Number(message.tl['date'])
}
