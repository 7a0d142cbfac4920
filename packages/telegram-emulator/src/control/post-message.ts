import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { TlObject } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import { deliver } from '../world/deliver.ts'
import { encodeFileId } from '../world/file-id.ts'
import type { MessageMedia } from '../world/model.ts'
import type { Peer } from '../world/peer.ts'
import { postToChannel } from '../world/post-to-channel.ts'
import { recipientsOf } from '../world/recipients.ts'
import { change, type World } from '../world/world.ts'
import { accountOf } from './find-account.ts'
import { groupOf } from './group-routes.ts'
import type { ControlRequest } from './http-server.ts'
import {
  contentFields,
  entitiesOf,
  keptMedia,
  madeUpMedia,
  type MadeMedia,
  type MessageContent,
} from './message-content.ts'
import { parseBody, parseChannelId } from './parse.ts'
import { Problem } from './problem.ts'

const MAX_COUNT = 1_000_000
const MAX_RATE = 100_000
/** Messages created before the loop yields to the event loop. */
const TURN_MESSAGES = 50

const id = z.union([z.string(), z.int()]).transform(String)

const post = z
  .strictObject({
    ...contentFields,
    channel_id: id.optional(),
    group_id: id.optional(),
    /** An account: the author in a channel or group, the sender of a private message. */
    from: id.optional(),
    /** The recipient account of a private message. */
    to: id.optional(),
    /** True: no updates are pushed; clients find the message only in a difference. */
    silent: z.boolean().default(false),
    count: z.int().min(1).max(MAX_COUNT).default(1),
    rate_per_second: z.number().positive().max(MAX_RATE).optional(),
  })
  .refine(({ text, media, poll }) => text !== '' || media !== undefined || poll !== undefined, {
    message: 'A message needs text or media',
    path: ['text'],
  })
  .refine(
    ({ channel_id: channel, group_id: group, from, to }) =>
      [channel, group, to].filter((place) => place !== undefined).length === 1 &&
      (channel !== undefined || from !== undefined),
    { message: 'Either channel_id, or from and group_id, or from and to', path: ['channel_id'] },
  )

export type NewPost = z.input<typeof post>
type Post = z.output<typeof post>

/** The posted message; the first and the last of several. */
type Posted = Readonly<Record<string, number | string>>

/** Posts one message and returns its ids. */
type PostOne = (content: MessageContent) => Posted

/** `POST /messages`: posts in a channel or sends from one account to another; one message, or many at a rate. */
export async function postMessages(world: World, request: ControlRequest): Promise<Posted> {
  const input = await parseBody(request, post)
  const postOne =
    input.channel_id === undefined ? inMailboxes(world, input) : inChannel(world, input)
  const { text, entities, media, poll, count } = input
  const content = { text, entities, media, poll }
  if (count === 1) return postOne(content)
  let first: Posted = {}
  let last: Posted = {}
  for await (const number of paced(count, input.rate_per_second ?? null, request.signal)) {
    last = postOne({ ...content, text: text.replaceAll('{n}', String(number)) })
    if (number === 1) first = last
  }
  return { ...last, first_id: first['id'] ?? 0, count }
}

/**
 * Yields the numbers from 1 to `count` at the given rate; without a rate, as fast as possible while yielding to the
 * event loop.
 */
async function* paced(
  count: number,
  ratePerSecond: number | null,
  signal: AbortSignal,
): AsyncGenerator<number> {
  const startedAt = performance.now()
  for (let number = 1; number <= count; number += 1) {
    const dueAt = ratePerSecond === null ? 0 : startedAt + ((number - 1) * 1000) / ratePerSecond
    const dueInMs = dueAt - performance.now()
    if (dueInMs > 0) await pause(dueInMs, undefined, { signal })
    else if (number % TURN_MESSAGES === 0) await nextTurn(undefined, { signal })
    yield number
  }
}

function inChannel(world: World, input: Post): PostOne {
  const channelId = parseChannelId(input.channel_id ?? '')
  const channel = channelId === null ? undefined : world.channels.get(channelId)
  if (channel === undefined) {
    throw new Problem(404, 'channel_not_found', `There is no channel ${input.channel_id}.`)
  }
  const author = input.from === undefined ? null : accountOf(world, input.from)
  return (content) => {
    const fileId = encodeFileId(channel.id, channel.nextId, 'media')
    const message = messageOf(content, madeUpMedia(content, fileId))
    const posts = [{ ...message, authorId: author?.id ?? null, replyToId: null }]
    const [posted] = change(world, (transaction) =>
      postToChannel(transaction, world, { channel, posts }, { silent: input.silent, origin: null }),
    )
    return { channel_id: Number(channel.id), id: posted?.message.tl['id'] as number }
  }
}

function inMailboxes(world: World, input: Post): PostOne {
  const from = accountOf(world, input.from ?? '')
  const peer = peerOf(world, input)
  const recipients = recipientsOf(world, from.id, peer)
  return (content) => {
    const message = {
      ...messageOf(content, keptMedia(world, content)),
      from: from.id,
      peer,
      recipients,
      date: now(),
      replyToId: null,
    }
    const options = { silent: input.silent, origin: null }
    const [sent] = change(world, (transaction) =>
      deliver(transaction, world.mailboxes, [message], options),
    )
    if (sent === undefined) throw new RangeError('a message was not delivered')
    const ids = world.mailboxes.copies(sent.message.uid)
    return {
      from: String(from.id),
      id: ids.get(from.id) ?? 0,
      ...(peer.kind === 'user'
        ? { to: String(peer.id), to_id: ids.get(peer.id) ?? 0 }
        : { group_id: String(peer.id) }),
    }
  }
}

function peerOf(world: World, { group_id: groupId, to }: Post): Peer {
  if (groupId !== undefined) return { kind: 'chat', id: groupOf(world, groupId).id }
  return { kind: 'user', id: accountOf(world, to ?? '').id }
}

interface NewMessage {
  readonly content: TlObject
  readonly media: MessageMedia | null
}

function messageOf(content: MessageContent, made: MadeMedia | null): NewMessage {
  const entities = entitiesOf(content)
  return {
    media: made?.media ?? null,
    content: {
      _: 'message',
      message: content.text,
      ...(entities.length > 0 && { entities }),
      ...(made !== null && { media: made.tl }),
    },
  }
}
