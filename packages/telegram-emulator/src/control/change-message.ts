import { z } from 'zod'
import { replacePost } from '../world/channel-changes.ts'
import { deleteFromChannel, deleteFromMailboxes } from '../world/delete-messages.ts'
import { editInChannel, editInMailboxes } from '../world/edit-messages.ts'
import { change, type World } from '../world/world.ts'
import { chatOf, messageIn, type Chat } from './find-message.ts'
import type { ControlRequest } from './http-server.ts'
import { contentFields, entitiesOf, keptMedia } from './message-content.ts'
import { parseBody } from './parse.ts'
import { Problem } from './problem.ts'

const silent = z.boolean().default(false)

const edit = z.strictObject({
  text: contentFields.text.unwrap(),
  entities: contentFields.entities,
  /** Replaces the media of the message. */
  media: contentFields.media,
  poll: contentFields.poll,
  silent,
})

const counters = z.strictObject({
  views: z.int().min(0).optional(),
  forwards: z.int().min(0).optional(),
  /** Counts by emoji. */
  reactions: z.record(z.string().min(1), z.int().min(1)).optional(),
})

const deletion = z.strictObject({ silent })

export type MessageEdit = z.input<typeof edit>
export type MessageCounters = z.input<typeof counters>
export type MessageDeletion = z.input<typeof deletion>

/** `PATCH /messages/{chat}/{id}`: replaces the text and the media of a message, in all of its copies. */
export async function editMessage(
  world: World,
  request: ControlRequest,
): Promise<{ id: number; pts: number }> {
  const { chat, id } = placeOf(world, request)
  const input = await parseBody(request, edit)
  const message = messageIn(world, chat, id)
  if (message?.tl._ === 'messageService') {
    throw new Problem(409, 'service_message', `Message ${id} is a service message.`)
  }
  if (input.text === '' && !input.media && !input.poll && message?.tl['media'] === undefined) {
    throw new Problem(400, 'invalid_input', 'A message needs text or media.')
  }
  const changed = {
    message: input.text,
    entities: entitiesOf(input),
    media: (message && keptMedia(world, input, message)) ?? undefined,
  }
  const options = { silent: input.silent, origin: null }
  const event = change(world, (transaction) =>
    'channel' in chat
      ? editInChannel(transaction, world, { channel: chat.channel, id, edit: changed }, options)
      : editInMailboxes(transaction, world, { ...chat, id, edit: changed }, options),
  )
  if (event === undefined) throw notFound(request)
  return { id, pts: event.pts }
}

/** `DELETE /messages/{chat}/{id}`: deletes a message for everyone. The body may be empty. */
export async function deleteMessage(
  world: World,
  request: ControlRequest,
): Promise<{ id: number; pts: number }> {
  const { chat, id } = placeOf(world, request)
  const body = await request.text()
  const input = await parseBody({ ...request, text: async () => body || '{}' }, deletion)
  const options = { silent: input.silent, origin: null }
  const ids = [id]
  const event = change(world, (transaction) =>
    'channel' in chat
      ? deleteFromChannel(transaction, world, { channel: chat.channel, ids }, options)
      : deleteFromMailboxes(transaction, world, { ...chat, ids, revoke: true }, options),
  )
  if (event === undefined) throw notFound(request)
  return { id, pts: event.pts }
}

/**
 * `PATCH /messages/{chat}/{id}/counters`: sets the views, forwards and reactions of a post, without marking it as
 * edited.
 */
export async function countMessage(world: World, request: ControlRequest): Promise<{ id: number }> {
  const { chat, id } = placeOf(world, request)
  const { reactions, ...counted } = await parseBody(request, counters)
  const post = 'channel' in chat ? chat.channel.get(id) : undefined
  if (!('channel' in chat) || post === undefined) throw notFound(request)
  const results = Object.entries(reactions ?? {}).map(([emoticon, count]) => ({
    _: 'reactionCount',
    reaction: { _: 'reactionEmoji', emoticon },
    count,
  }))
  const tl = {
    ...post.tl,
    ...counted,
    ...(reactions && { reactions: { _: 'messageReactions', results } }),
  }
  change(world, (transaction) => replacePost(transaction, chat.channel, id, { ...post, tl }))
  return { id }
}

function placeOf(world: World, { params }: ControlRequest): { chat: Chat; id: number } {
  const { chat = '', id = '' } = params
  if (!/^\d{1,9}$/.test(id)) throw new Problem(400, 'invalid_input', 'A message id is a number.')
  return { chat: chatOf(world, decodeURIComponent(chat)), id: Number(id) }
}

function notFound({ params }: ControlRequest): Problem {
  return new Problem(
    404,
    'message_not_found',
    `There is no message ${params['id']} in ${params['chat']}.`,
  )
}
