import type { TlObject } from '../tl/object.ts'

/** The fields that a short update can represent; a message with any other field needs the long form. */
const SHORT_FIELDS: ReadonlySet<string> = new Set([
  '_',
  'out',
  'mentioned',
  'media_unread',
  'silent',
  'id',
  'from_id',
  'peer_id',
  'fwd_from',
  'via_bot_id',
  'reply_to',
  'date',
  'message',
  'entities',
  'ttl_period',
])

/**
 * `updateShortMessage` or `updateShortChatMessage` as a replacement for an `updateNewMessage` with plain text; null if
 * the message has other fields.
 */
export function shortMessage(update: TlObject): TlObject | null {
  if (update._ !== 'updateNewMessage') return null
  const message = update['message'] as TlObject
  const fits =
    message._ === 'message' && Object.keys(message).every((field) => SHORT_FIELDS.has(field))
  if (!fits) return null
  const { peer_id, from_id, ...fields } = message
  const { pts, pts_count } = update
  const peer = peer_id as TlObject
  if (peer._ === 'peerUser') {
    return { ...fields, _: 'updateShortMessage', user_id: peer['user_id'], pts, pts_count }
  }
  const author = from_id as TlObject | undefined
  if (peer._ !== 'peerChat' || author?._ !== 'peerUser') return null
  const ids = { from_id: author['user_id'], chat_id: peer['chat_id'] }
  return { ...fields, _: 'updateShortChatMessage', ...ids, pts, pts_count }
}
