import type { Channel } from '../world/channel.ts'
import type { ChannelMessage } from '../world/model.ts'
import type { World } from '../world/world.ts'
import { writtenMedia } from './written-media.ts'
import { writtenAction } from './written-actions.ts'
import { nameOfPeer, peerId, type Fields, type Names } from './written-peers.ts'
import { writtenText } from './written-text.ts'
import type { TlObject } from '../tl/object.ts'

const CHAT_TYPES = {
  broadcast: { public: 'public_channel', private: 'private_channel' },
  supergroup: { public: 'public_supergroup', private: 'private_supergroup' },
} as const

/**
 * Exports a channel in the format of Telegram Desktop: the text of a `result.json`, message by message. An import under
 * the same id yields the same messages, and files with the same bytes, except uploaded files.
 */
export function* exportText(world: World, channel: Channel): Generator<string> {
  const { id, title, username, kind } = channel.blueprint
  const names = nameOfPeer(world)
  const type = CHAT_TYPES[kind][username === null ? 'private' : 'public']
  const head = JSON.stringify({ name: title, type, id: Number(id) }, null, 1)
  yield `${head.slice(0, head.lastIndexOf('\n'))},\n "messages": [`
  let separator = ''
  for (const messageId of channel.idsFrom(1)) {
    const message = channel.get(messageId)
    if (message === undefined) continue
    yield `${separator}\n  ${JSON.stringify(writtenMessage(message, names))}`
    separator = ','
  }
  yield '\n ]\n}\n'
}

function writtenMessage(message: ChannelMessage, names: Names): Fields {
  const { tl } = message
  const date = tl['date'] as number
  return {
    id: tl['id'],
    type: tl._ === 'messageService' ? 'service' : 'message',
    ...writtenDate('date', date),
    ...(tl._ === 'messageService' ? writtenService(tl, names) : writtenContent(message, names)),
  }
}

function writtenService(tl: TlObject, names: Names): Fields {
  const reply = tl['reply_to'] as TlObject | undefined
  return {
    ...author('actor', tl, names),
    ...writtenAction(tl['action'] as TlObject, names),
    ...(reply !== undefined && { message_id: reply['reply_to_msg_id'] }),
    text: '',
    text_entities: [],
  }
}

function writtenContent(message: ChannelMessage, names: Names): Fields {
  const { tl } = message
  const { edit_date: edited, post_author: signature, via_bot_id: botId } = tl
  const bot = typeof botId === 'bigint' ? names.username(botId) : null
  return {
    ...(typeof edited === 'number' && writtenDate('edited', edited)),
    ...author('from', tl, names),
    ...(typeof signature === 'string' && { author: signature }),
    ...forward(tl['fwd_from'] as TlObject | undefined, names),
    ...reply(tl['reply_to'] as TlObject | undefined),
    ...(bot !== null && { via_bot: `@${bot}` }),
    ...writtenMedia(message),
    ...writtenText(tl),
    ...reactions(tl['reactions'] as TlObject | undefined),
    ...buttons(tl['reply_markup'] as TlObject | undefined),
  }
}

/** A date in both forms of the format: readable, in UTC, and as Unix time. */
function writtenDate(name: string, seconds: number): Fields {
  const date = new Date(seconds * 1000).toISOString().slice(0, 19)
  return { [name]: date, [`${name}_unixtime`]: String(seconds) }
}

function author(name: 'from' | 'actor', tl: TlObject, names: Names): Fields {
  const peer = (tl['from_id'] ?? tl['peer_id']) as TlObject
  return { [name]: names.title(peer), [`${name}_id`]: peerId(peer) }
}

function forward(header: TlObject | undefined, names: Names): Fields {
  if (header === undefined) return {}
  const peer = header['from_id'] as TlObject | undefined
  if (peer === undefined) return { forwarded_from: header['from_name'] ?? null }
  return { forwarded_from: names.title(peer), forwarded_from_id: peerId(peer) }
}

function reply(header: TlObject | undefined): Fields {
  if (header === undefined) return {}
  const peer = header['reply_to_peer_id'] as TlObject | undefined
  return {
    reply_to_message_id: header['reply_to_msg_id'],
    ...(peer !== undefined && { reply_to_peer_id: peerId(peer) }),
  }
}

function reactions(object: TlObject | undefined): Fields {
  const results = (object?.['results'] ?? []) as readonly TlObject[]
  if (results.length === 0) return {}
  return { reactions: results.flatMap((result) => writtenReaction(result)) }
}

function writtenReaction({ count, reaction }: TlObject): Fields[] {
  const { _, emoticon, document_id: documentId } = reaction as TlObject
  if (_ === 'reactionEmoji') return [{ type: 'emoji', count, emoji: emoticon }]
  if (_ === 'reactionPaid') return [{ type: 'paid', count }]
  return [{ type: 'custom_emoji', count, document_id: `${documentId as bigint}` }]
}

function buttons(markup: TlObject | undefined): Fields {
  if (markup?._ !== 'replyInlineMarkup') return {}
  const rows = markup['rows'] as readonly TlObject[]
  return {
    inline_bot_buttons: rows.map((row) => (row['buttons'] as TlObject[]).map(writtenButton)),
  }
}

function writtenButton({ _, text, url, data }: TlObject): Fields {
  if (_ === 'keyboardButtonUrl') return { type: 'url', text, data: url }
  if (_ !== 'keyboardButtonCallback') return { type: 'unsupported', text }
  const bytes = data as Buffer
  return { type: 'callback', text, data: '', dataBase64: bytes.toString('base64') }
}
