import type { Forward, Message, Reaction, TextEntity } from '../message.ts'
import { markedChannelId, markedId } from '../peer-id.ts'
import { isoDate } from './iso-date.ts'
import { mapMedia } from './map-media.ts'
import {
  asJson,
  type TlAnyMessage,
  type TlChat,
  type TlEntity,
  type TlForward,
  type TlMessage,
  type TlMessages,
  type TlReactionCount,
  type TlUser,
} from './shapes.ts'

/** The messages of an answer that was decoded as JSON, in its order, without those that no longer exist. */
export function mapMessages(answer: TlMessages): Message[] {
  const names = peerNames(answer.users, answer.chats)
  return answer.messages.filter(exists).map((message) => mapMessage(message, names))
}

function exists(message: TlAnyMessage): message is TlMessage {
  return message._ !== 'messageEmpty'
}

function mapMessage(message: TlMessage, names: ReadonlyMap<string, string>): Message {
  const { kind, file } = mapMedia(message.media)
  const authorId = markedId(message.from_id ?? message.peer_id)
  const isEdited = message.edit_date !== undefined && !message.edit_hide
  return {
    id: message.id,
    kind: message._ === 'messageService' ? 'service' : kind,
    date: isoDate(message.date),
    editDate: isEdited ? isoDate(message.edit_date) : null,
    text: message.message ?? '',
    entities: message.entities?.map(mapEntity) ?? [],
    authorId,
    authorName: names.get(authorId) ?? null,
    postAuthor: message.post_author ?? null,
    views: message.views ?? null,
    forwards: message.forwards ?? null,
    replies: message.replies?.replies ?? null,
    reactions: message.reactions?.results.map(mapReaction) ?? [],
    replyToId: replyToId(message),
    forward: message.fwd_from ? mapForward(message.fwd_from, names) : null,
    groupedId: message.grouped_id ?? null,
    media: file,
    raw: asJson(message),
  }
}

/** Replies to a message of another chat have no counterpart here. */
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

/** By the constructor's name; there are some twenty of them. */
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

function mapReaction({ reaction, count }: TlReactionCount): Reaction {
  if (reaction._ === 'reactionEmoji') return { reaction: reaction.emoticon, count }
  if (reaction._ === 'reactionCustomEmoji') return { reaction: reaction.document_id, count }
  return { reaction: 'paid', count }
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

/** Names by marked id. */
function peerNames(users: readonly TlUser[], chats: readonly TlChat[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const user of users) {
    const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
    if (name) names.set(user.id, name)
  }
  for (const chat of chats) {
    const isChannel = chat._ === 'channel' || chat._ === 'channelForbidden'
    names.set(isChannel ? markedChannelId(chat.id) : `-${chat.id}`, chat.title)
  }
  return names
}
