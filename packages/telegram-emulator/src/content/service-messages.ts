import type { TlObject } from '../tl/object.ts'
import { encodeFileId } from '../world/file-id.ts'
import type { ChannelMessage } from '../world/model.ts'
import { drawFor, type ChannelContext } from './channel-context.ts'
import { photoObject } from './media-objects.ts'
import { authorOf, messageAtOrBelow } from './message-circumstances.ts'
import type { PostPlace } from './post-plan.ts'
import type { Random } from './random.ts'

const CHAT_PHOTO_SIDE = 640
/** Ids of the basic groups from which supergroups were migrated are lower than those of channels. */
const BASIC_GROUP_ID = 4_100_000_000n

interface Service {
  readonly action: TlObject
  readonly fields?: Omit<TlObject, '_'>
}

function beginning(context: ChannelContext): Service {
  const { kind, title, channelId, seed } = context
  if (kind === 'supergroup' && seed % 2 === 0) {
    const chat_id = BASIC_GROUP_ID + (channelId % 90_000_000n)
    return { action: { _: 'messageActionChannelMigrateFrom', title, chat_id } }
  }
  return { action: { _: 'messageActionChannelCreate', title } }
}

function chatPhoto(random: Random, context: ChannelContext, place: PostPlace): Service {
  const spec = {
    id: encodeFileId(context.channelId, place.firstId, 'chatPhoto'),
    format: 'jpeg' as const,
    size: 30_000 + random.below(90_000),
    name: null,
    mimeType: 'image/jpeg',
    width: CHAT_PHOTO_SIDE,
    height: CHAT_PHOTO_SIDE,
  }
  return { action: { _: 'messageActionChatEditPhoto', photo: photoObject(spec, place.date) } }
}

function pinned(random: Random, context: ChannelContext, place: PostPlace): Service {
  const target = messageAtOrBelow(context, place.firstId - 1 - random.below(10))
  const reply_to = { _: 'messageReplyHeader', reply_to_msg_id: target ?? 1 }
  return { action: { _: 'messageActionPinMessage' }, fields: { reply_to } }
}

function joined(random: Random, { people }: ChannelContext): Service | undefined {
  const person = people[random.below(Math.max(1, people.length))]
  if (person === undefined) return undefined
  const from_id = { _: 'peerUser', user_id: person.id }
  const inviter = random.pick(people)
  const actions: TlObject[] = [
    { _: 'messageActionChatAddUser', users: [person.id] },
    { _: 'messageActionChatJoinedByLink', inviter_id: inviter.id },
    { _: 'messageActionChatJoinedByRequest' },
  ]
  return { action: random.pick(actions), fields: { from_id } }
}

function drawService(context: ChannelContext, place: PostPlace): Service {
  if (place.post === 0) return beginning(context)
  const random = drawFor(context, 'extras', place.post)
  const newcomer = context.kind === 'supergroup' ? joined(random, context) : undefined
  if (newcomer !== undefined && random.chance(0.8)) return newcomer
  const draw = random.float()
  if (draw < 0.7) return pinned(random, context, place)
  if (draw < 0.85) return chatPhoto(random, context, place)
  return { action: { _: 'messageActionChatEditTitle', title: context.title } }
}

/** A service message: the channel was created, a post was pinned, a user joined. Has no media. */
export function serviceMessage(context: ChannelContext, place: PostPlace): ChannelMessage {
  const { action, fields } = drawService(context, place)
  const from_id = authorOf(context, place)
  return {
    media: null,
    tl: {
      _: 'messageService',
      id: place.firstId,
      peer_id: { _: 'peerChannel', channel_id: context.channelId },
      ...(from_id === undefined ? { post: true } : { from_id }),
      ...fields,
      date: place.date,
      action,
    },
  }
}
