import type { Forward, Message, Reaction, TextEntity } from '../message.ts'
import { contentOf } from '../content/content-of.ts'
import { markedChannelId, markedId } from '../peer-id.ts'
import { isoDate } from './iso-date.ts'
import { mapMedia } from './map-media.ts'
import { publicName } from './map-peer.ts'
import {
  asJson,
  type TlAnyMessage,
  type TlEntity,
  type TlForward,
  type TlMessage,
  type TlMessages,
  type TlReactionCount,
} from './shapes.ts'

/** Maps the messages of an answer decoded as JSON, in its order. Deleted messages (`messageEmpty`) are left out. */
export function mapMessages(answer: TlMessages): Message[] {
  const peers = knownPeers(answer)
  return answer.messages.filter(exists).map((message) => mapMessage(message, peers))
}

function exists(message: TlAnyMessage): message is TlMessage {
  return message._ !== 'messageEmpty'
}

function mapMessage(message: TlMessage, { names, usernames }: KnownPeers): Message {
  const { kind, file } = mapMedia(message.media)
  const authorId = markedId(message.from_id ?? message.peer_id)
  const raw = asJson(message)
  const isEdited = message.edit_date !== undefined && !message.edit_hide
  return {
    id: message.id,
    kind: message._ === 'messageService' ? 'service' : kind,
    date: isoDate(message.date),
    editDate: isEdited ? isoDate(message.edit_date) : null,
    text: message.message ?? '',
    content: contentOf(raw, (id) => names.get(id) ?? null),
    entities: message.entities?.map(mapEntity) ?? [],
    authorId,
    authorName: names.get(authorId) ?? null,
    postAuthor: message.post_author ?? null,
    viaBot: viaBot(message, usernames),
    views: message.views ?? null,
    forwards: message.forwards ?? null,
    replies: message.replies?.replies ?? null,
    reactions: message.reactions?.results.flatMap(mapReaction) ?? [],
    replyToId: replyToId(message),
    forward: message.fwd_from ? mapForward(message.fwd_from, names) : null,
    groupedId: message.grouped_id ?? null,
    media: file,
    raw,
  }
}

/** Null also for a reply to a message of another chat. */
function replyToId({ reply_to: reply }: TlMessage): number | null {
  return reply?.reply_to_peer_id ? null : (reply?.reply_to_msg_id ?? null)
}

function mapEntity(entity: TlEntity): TextEntity {
  const { _: name, offset, length } = entity
  const mapped: { -readonly [K in keyof TextEntity]: TextEntity[K] } = {
    type: entityType(name),
    offset,
    length,
  }
  for (const field in entity) {
    if (field !== '_') mapped[field] = entity[field] ?? null
  }
  return mapped
}

/** Cache of entity types by constructor name (about 20). */
const entityTypes = new Map<string, string>()

function entityType(name: string): string {
  const known = entityTypes.get(name)
  if (known !== undefined) return known
  const type = name
    .replace(/^messageEntity/, '')
    .replaceAll(/(?!^)[A-Z]/g, '_$&')
    .toLowerCase()
  entityTypes.set(name, type)
  return type
}

/** Empty for `reactionEmpty` and for reaction types of later layers. */
function mapReaction({ reaction, count }: TlReactionCount): Reaction[] {
  switch (reaction._) {
    case 'reactionEmoji':
      return [{ reaction: reaction.emoticon, count }]
    case 'reactionCustomEmoji':
      return [{ reaction: reaction.document_id, count }]
    case 'reactionPaid':
      return [{ reaction: 'paid', count }]
    case 'reactionEmpty':
    default:
      return []
  }
}

function mapForward(forward: TlForward, names: ReadonlyMap<string, string>): Forward {
  const fromId = forward.from_id ? markedId(forward.from_id) : null
  return {
    date: isoDate(forward.date),
    fromId,
    fromName: forward.from_name ?? (fromId === null ? null : (names.get(fromId) ?? null)),
    channelPostId: forward.channel_post ?? null,
    postAuthor: forward.post_author ?? null,
  }
}

interface KnownPeers {
  /** Names by marked id. */
  readonly names: ReadonlyMap<string, string>
  /** Usernames by user id. */
  readonly usernames: ReadonlyMap<string, string>
}

function viaBot({ via_bot_id: id }: TlMessage, usernames: KnownPeers['usernames']): string | null {
  const username = id === undefined ? undefined : usernames.get(id)
  return username === undefined ? null : `@${username}`
}

function knownPeers({ users, chats }: TlMessages): KnownPeers {
  const names = new Map<string, string>()
  const usernames = new Map<string, string>()
  for (const user of users) {
    const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
    if (name) names.set(user.id, name)
    const username = publicName(user)
    if (username !== null) usernames.set(user.id, username)
  }
  for (const chat of chats) {
    const isChannel = chat._ === 'channel' || chat._ === 'channelForbidden'
    names.set(isChannel ? markedChannelId(chat.id) : `-${chat.id}`, chat.title)
  }
  return { names, usernames }
}
