import type { TlObject } from '../tl/object.ts'
import { encodeFileId } from '../world/file-id.ts'
import type { ChannelMessage } from '../world/model.ts'
import { exportedAction } from './exported-actions.ts'
import type { ExportedChannel } from './exported-channel.ts'
import { exportedFileMedia, exportedOtherMedia, type ExportedMedia } from './exported-media.ts'
import { exportedPeer } from './exported-people.ts'
import { exportedText, positiveId } from './exported-text.ts'
import type { ExportedMessage } from './export-schema.ts'

type Fields = Omit<TlObject, '_'>

/** Unix seconds. Without `…_unixtime`, the time is read as UTC, because exports do not state their time zone. */
function exportedDate(unixtime: number | undefined, date: string | undefined): number | undefined {
  if (unixtime !== undefined) return unixtime
  if (date === undefined) return undefined
  const milliseconds = Date.parse(`${date.slice(0, 19)}Z`)
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, Math.floor(milliseconds / 1000))
}

export function messageDate(message: ExportedMessage): number | undefined {
  return exportedDate(message.date_unixtime, message.date)
}

function peerFields(channel: ExportedChannel): Fields {
  return { peer_id: { _: 'peerChannel', channel_id: channel.id } }
}

/** Posts of a channel have no author. In a group the author is a user, the group itself, or another channel. */
function authorFields(
  channel: ExportedChannel,
  fromId: ExportedMessage['from_id'],
  name: string | null | undefined,
): Fields {
  const peer = exportedPeer(fromId)
  if (channel.kind === 'broadcast') return { post: true }
  if (peer !== undefined && peer.kind !== 'user') {
    return { from_id: { _: 'peerChannel', channel_id: peer.id } }
  }
  const { people } = channel
  const person = peer === undefined ? people.named(name ?? null) : people.withId(peer.id, name)
  return { from_id: { _: 'peerUser', user_id: person.id } }
}

function replyFields({
  reply_to_message_id: id,
  reply_to_peer_id: peerId,
}: ExportedMessage): Fields {
  if (id === undefined) return {}
  const peer = exportedPeer(peerId)
  const elsewhere =
    peer?.kind === 'channel' ? { reply_to_peer_id: { _: 'peerChannel', channel_id: peer.id } } : {}
  return { reply_to: { _: 'messageReplyHeader', reply_to_msg_id: id, ...elsewhere } }
}

/** An export states the name of a forwarded message's author, sometimes an id, and never the original date. */
function forwardFields(message: ExportedMessage, channel: ExportedChannel, date: number): Fields {
  const { forwarded_from: name, forwarded_from_id: fromId } = message
  if (name === undefined && fromId === undefined) return {}
  const peer = exportedPeer(fromId)
  const origin: Fields =
    peer?.kind === 'user'
      ? { from_id: { _: 'peerUser', user_id: channel.people.withId(peer.id, name).id } }
      : peer?.id === channel.id
        ? { from_id: { _: 'peerChannel', channel_id: channel.id } }
        : { from_name: name ?? 'Deleted Account' }
  return { fwd_from: { _: 'messageFwdHeader', ...origin, date } }
}

function reactionFields({ reactions = [] }: ExportedMessage): Fields {
  const results = reactions.flatMap(
    ({ type, emoji, document_id: documentId, count }): TlObject[] => {
      const known = positiveId(documentId)
      const reaction =
        type === 'paid'
          ? { _: 'reactionPaid' }
          : emoji !== undefined
            ? { _: 'reactionEmoji', emoticon: emoji }
            : known !== undefined
              ? { _: 'reactionCustomEmoji', document_id: known }
              : undefined
      return reaction === undefined ? [] : [{ _: 'reactionCount', reaction, count }]
    },
  )
  return results.length === 0 ? {} : { reactions: { _: 'messageReactions', results } }
}

/**
 * A reaction also sets the edit date, with `edit_hide`. Exports do not distinguish the two, so the edit date of a
 * message with reactions counts as hidden.
 */
function editFields(message: ExportedMessage): Fields {
  const edit_date = exportedDate(message.edited_unixtime, message.edited)
  if (edit_date === undefined || edit_date === 0) return {}
  const reacted = (message.reactions ?? []).length > 0
  return reacted ? { edit_hide: true, edit_date } : { edit_date }
}

function buttonFields({ inline_bot_buttons: rows = [] }: ExportedMessage): Fields {
  const shown = rows.flatMap((row): TlObject[] => {
    const buttons = row.flatMap(({ type, text = '', data = '', dataBase64 }): TlObject[] => {
      if (type === 'url') return [{ _: 'keyboardButtonUrl', text, url: data }]
      if (type !== 'callback') return []
      const payload =
        dataBase64 === undefined ? Buffer.from(data) : Buffer.from(dataBase64, 'base64')
      return [{ _: 'keyboardButtonCallback', text, data: payload }]
    })
    return buttons.length === 0 ? [] : [{ _: 'keyboardButtonRow', buttons }]
  })
  return shown.length === 0 ? {} : { reply_markup: { _: 'replyInlineMarkup', rows: shown } }
}

function serviceMessage(
  message: ExportedMessage,
  channel: ExportedChannel,
  date: number,
): ChannelMessage {
  const target = message.message_id ?? message.reply_to_message_id
  const reply: Fields =
    target === undefined ? {} : { reply_to: { _: 'messageReplyHeader', reply_to_msg_id: target } }
  return {
    media: null,
    tl: {
      _: 'messageService',
      ...authorFields(channel, message.actor_id, message.actor),
      id: message.id,
      ...peerFields(channel),
      ...reply,
      date,
      action: exportedAction(message, channel, date),
    },
  }
}

function messageMedia(
  message: ExportedMessage,
  channel: ExportedChannel,
  date: number,
): ExportedMedia | undefined {
  if (message.type !== 'message') return { tl: { _: 'messageMediaUnsupported' }, media: null }
  const carried = exportedFileMedia(message, channel, date)
  if (carried !== undefined) return carried
  const other = exportedOtherMedia(message, encodeFileId(channel.id, message.id, 'media'))
  return other === undefined ? undefined : { tl: other, media: null }
}

/** Converts a message of an export to TL form. `date` in Unix seconds. */
export function exportedChannelMessage(
  message: ExportedMessage,
  channel: ExportedChannel,
  date: number,
): ChannelMessage {
  if (message.type === 'service') return serviceMessage(message, channel, date)
  const { text, entities } = exportedText(message)
  const carried = messageMedia(message, channel, date)
  const tl: TlObject = {
    _: 'message',
    ...authorFields(channel, message.from_id, message.from),
    id: message.id,
    ...peerFields(channel),
    ...forwardFields(message, channel, date),
    ...(message.via_bot === undefined
      ? {}
      : { via_bot_id: channel.people.bot(message.via_bot).id }),
    ...replyFields(message),
    date,
    message: text,
    ...(carried === undefined ? {} : { media: carried.tl }),
    ...(entities.length === 0 ? {} : { entities }),
    ...buttonFields(message),
    ...(message.author === undefined ? {} : { post_author: message.author }),
    ...reactionFields(message),
    ...editFields(message),
  }
  return { tl, media: carried?.media ?? null }
}
