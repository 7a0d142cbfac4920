import type { TlObject } from '../tl/object.ts'
import type { Person } from '../world/model.ts'
import { drawFor, type ChannelContext } from './channel-context.ts'
import { drawLogNormal, quantile } from './distribution.ts'
import { displayName } from './people.ts'
import type { PostPlace } from './post-plan.ts'
import { webAddress } from './text-entities.ts'

/** Fields of a message other than its content, in the names of the schema. */
type Fields = Omit<TlObject, '_'>

const REACTIONS = ['👍', '❤', '🔥', '👏', '😁', '🤔', '🎉', '🤩', '👎', '😢']
const MIN_VIEWS = 1

/** The author in a group: a member, or the group itself. Undefined in a broadcast channel. */
export function authorOf(context: ChannelContext, place: PostPlace): TlObject | undefined {
  if (context.kind === 'broadcast') return undefined
  const random = drawFor(context, 'author', place.post)
  if (context.people.length === 0 || random.chance(0.02)) {
    return { _: 'peerChannel', channel_id: context.channelId }
  }
  // A few members write most of the messages.
  const index = Math.floor(random.float() ** 2.5 * context.people.length)
  const person = context.people[index]
  return person === undefined ? undefined : { _: 'peerUser', user_id: person.id }
}

/** Sets the author, or the signature where posts are signed. */
export function addAuthor(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const author = authorOf(context, place)
  if (author !== undefined) message['from_id'] = author
  if (context.kind !== 'broadcast' || !context.signed) return
  const signers = context.people.filter(({ isBot }) => !isBot)
  if (signers.length === 0) return
  const random = drawFor(context, 'author', place.post)
  message['post_author'] = displayName(random.pick(signers))
}

function reactionCounts(context: ChannelContext, post: number, total: number): TlObject[] {
  const random = drawFor(context, 'extras', post)
  const kinds = Math.min(total, 1 + random.below(4))
  const first = random.below(REACTIONS.length)
  const counts: TlObject[] = []
  let left = total
  for (let index = 0; index < kinds; index += 1) {
    const rest = kinds - index - 1
    const count = rest === 0 ? left : Math.max(1, Math.min(left - rest, Math.ceil(left * 0.6)))
    left -= count
    const emoticon = REACTIONS[(first + index * 3) % REACTIONS.length] ?? '👍'
    counts.push({ _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon }, count })
  }
  return counts
}

/** Views, forwards, reactions and comments. */
export function addReach(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const { archetype, kind, discussionId } = context
  const random = drawFor(context, 'reach', place.post)
  const views = Math.max(MIN_VIEWS, Math.round(drawLogNormal(random, archetype.views)))
  const forwards = Math.round(views * quantile(archetype.forwardsPerView, random.float()))
  const reacted = archetype.reactionsPerView
    ? Math.floor(views * drawLogNormal(random, archetype.reactionsPerView))
    : 0
  const open = random.chance(archetype.comments)
  const comments = Math.floor(random.float() ** 3 * 60)
  if (kind === 'broadcast') {
    message['views'] = views
    message['forwards'] = forwards
  }
  if (reacted > 0) {
    const results = reactionCounts(context, place.post, reacted)
    message['reactions'] =
      kind === 'supergroup'
        ? { _: 'messageReactions', can_see_list: true, results }
        : { _: 'messageReactions', results }
  }
  if (open && discussionId !== undefined) {
    message['replies'] = {
      _: 'messageReplies',
      comments: true,
      replies: comments,
      replies_pts: comments + 1,
      channel_id: discussionId,
    }
  }
}

/** Sets a visible edit date, a hidden one (for example after a reaction), or none. */
export function addEdit(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const { archetype, lastDate } = context
  const random = drawFor(context, 'edit', place.post)
  const draw = random.float()
  const hidden = draw >= archetype.editedVisibly
  if (draw >= archetype.editedVisibly + archetype.editedHidden) return
  const delay = Math.max(1, Math.round(quantile(archetype.editDelaySeconds, random.float())))
  message['edit_date'] = Math.max(place.date + 1, Math.min(lastDate, place.date + delay))
  if (hidden) message['edit_hide'] = true
}

/** The newest existing message at or below `messageId`. */
export function messageAtOrBelow({ plan }: ChannelContext, messageId: number): number | undefined {
  for (const id of plan.idsBelow(messageId + 1)) return id
  return undefined
}

export function addReply(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const random = drawFor(context, 'reply', place.post)
  const { replies, replyDistance } = context.archetype
  if (!random.chance(replies)) return
  const distance = Math.max(1, Math.round(quantile(replyDistance, random.float())))
  const target = messageAtOrBelow(context, place.firstId - distance)
  if (target === undefined) return
  message['reply_to'] = { _: 'messageReplyHeader', reply_to_msg_id: target }
}

function forwardOrigin(
  context: ChannelContext,
  person: Person | undefined,
  choice: number,
): Fields {
  const source = context.forwardSources[choice % Math.max(1, context.forwardSources.length)]
  if (choice % 3 === 0 && source !== undefined) {
    return { from_id: { _: 'peerChannel', channel_id: source }, channel_post: 2 + (choice % 50) }
  }
  if (person === undefined) return { from_name: 'Deleted Account' }
  if (choice % 3 === 1) return { from_name: displayName(person) }
  return { from_id: { _: 'peerUser', user_id: person.id } }
}

/** Sets the origin of a forwarded post: a channel, a user, or a user with a hidden account. */
export function addForward(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const random = drawFor(context, 'forward', place.post)
  if (!random.chance(context.archetype.forwarded)) return
  const person = context.people[random.below(Math.max(1, context.people.length))]
  const origin = forwardOrigin(context, person, random.below(3000))
  const date = place.date - random.below(86_400)
  message['fwd_from'] = { _: 'messageFwdHeader', ...origin, date }
}

/** Buttons below a post. */
export function addButtons(message: TlObject, context: ChannelContext, place: PostPlace): void {
  const random = drawFor(context, 'extras', place.post)
  if (!random.chance(context.archetype.buttons)) return
  const button = {
    _: 'keyboardButtonUrl',
    text: random.pick(context.lexicon.anchors),
    url: webAddress(random),
  }
  message['reply_markup'] = {
    _: 'replyInlineMarkup',
    rows: [{ _: 'keyboardButtonRow', buttons: [button] }],
  }
}
