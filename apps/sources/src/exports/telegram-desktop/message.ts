import type { Forward } from '@telegather/contracts'
import { contentOf, tlObject, tlObjects, type Tl } from '@telegather/telegram'
import type { ExportedMessage } from '../queries.ts'
import { hasActor, writtenAction } from './action.ts'
import { writtenMedia } from './media.ts'
import { writtenText } from './text.ts'
import { peerId, peerIdOf, type Fields } from './tl.ts'

/** A message in Telegram Desktop's format. Dates are in UTC (Telegram Desktop writes local time). */
export function writtenMessage({ message: row, file, raw }: ExportedMessage): Fields {
  const tl = tlObject(raw)
  const isService = row.kind === 'service'
  return {
    id: row.messageId,
    type: isService ? 'service' : 'message',
    ...writtenDate('date', row.date.getTime() / 1000),
    ...(isService ? writtenService(row, tl) : writtenContent({ message: row, file }, tl)),
  }
}

function writtenService(row: ExportedMessage['message'], tl: Tl | undefined): Fields {
  const action = tlObject(tl?.['action'])
  // Messages stored before the column `content` existed have null until `indexMessages` fills it.
  const content = row.content ?? contentOf(tl ?? {})
  const service = content?.type === 'service' ? content : null
  return {
    ...((service === null || hasActor(service)) && author('actor', row)),
    ...(service && action && writtenAction(service, row.replyToId, action)),
    text: '',
    text_entities: [],
  }
}

function writtenContent(
  { message: row, file }: Pick<ExportedMessage, 'message' | 'file'>,
  tl: Tl | undefined,
): Fields {
  const edited = tl?.['edit_date']
  return {
    ...(typeof edited === 'number' && writtenDate('edited', edited)),
    ...author('from', row),
    ...(row.postAuthor !== null && { author: row.postAuthor }),
    ...forward(row.forward),
    ...reply(tlObject(tl?.['reply_to'])),
    ...(row.viaBot !== null && { via_bot: row.viaBot }),
    ...writtenMedia(tlObject(tl?.['media']), file),
    ...writtenText(row.text, row.entities),
    ...reactions(tl),
    ...buttons(tlObject(tl?.['reply_markup'])),
  }
}

/** The date in ISO 8601 without zone, and in seconds since 1970. */
function writtenDate(name: string, unixSeconds: number): Fields {
  const date = new Date(unixSeconds * 1000).toISOString().slice(0, 19)
  return { [name]: date, [`${name}_unixtime`]: String(unixSeconds) }
}

function author(name: 'from' | 'actor', row: ExportedMessage['message']): Fields {
  const { authorId, authorName } = row
  return { [name]: authorName, ...(authorId !== null && { [`${name}_id`]: peerIdOf(authorId) }) }
}

function forward(origin: Forward | null): Fields {
  if (origin === null) return {}
  const { from_id: fromId, from_name: fromName } = origin
  return {
    forwarded_from: fromName,
    ...(fromId !== null && { forwarded_from_id: peerIdOf(fromId) }),
  }
}

function reply(header: Tl | undefined): Fields {
  if (header?.['reply_to_msg_id'] === undefined) return {}
  const peer = tlObject(header['reply_to_peer_id'])
  return {
    reply_to_message_id: header['reply_to_msg_id'],
    ...(peer && { reply_to_peer_id: peerId(peer) }),
  }
}

function reactions(tl: Tl | undefined): Fields {
  const results = tlObjects(tlObject(tl?.['reactions'])?.['results'])
  if (results.length === 0) return {}
  return {
    reactions: results.map(({ count, reaction }) => {
      const { _, emoticon, document_id } = tlObject(reaction) ?? { _: '' }
      if (_ === 'reactionPaid') return { type: 'paid', count }
      if (_ === 'reactionCustomEmoji') return { type: 'custom_emoji', count, document_id }
      if (_ === 'reactionEmoji') return { type: 'emoji', count, emoji: emoticon }
      return { type: 'empty', count }
    }),
  }
}

function buttons(markup: Tl | undefined): Fields {
  if (markup?._ !== 'replyInlineMarkup') return {}
  const rows = tlObjects(markup['rows'])
  return { inline_bot_buttons: rows.map((row) => tlObjects(row['buttons']).map(writtenButton)) }
}

function writtenButton({ _, text, url, data }: Tl): Fields {
  if (_ === 'keyboardButtonUrl') return { type: 'url', text, data: url }
  if (_ !== 'keyboardButtonCallback') return { type: 'unsupported', text }
  return { type: 'callback', text, data: '', dataBase64: data }
}
