import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { TelegramError } from '../errors.ts'
import type { TlDialogs, TlPeer } from '../tl/shapes.ts'

/** Offset of a page of dialogs: the last dialog before it, with the date and id of that dialog's newest message. */
interface DialogOffset {
  readonly date: number
  readonly messageId: number
  readonly peer: TlPeer
  readonly accessHash: string | null
}

/**
 * The cursor after the last dialog of a page; null when there is no next page. A dialog whose newest message was
 * deleted has no date to continue from, so the last dialog with a message is used.
 */
export function cursorAfter(page: TlDialogs): string | null {
  if (page._ !== 'messages.dialogsSlice') return null
  for (const { peer, top_message: messageId } of page.dialogs.toReversed()) {
    const message = page.messages.find(
      ({ id, peer_id: of }) => id === messageId && of !== undefined && samePeer(of, peer),
    )
    if (message === undefined || message._ === 'messageEmpty') continue
    const offset: DialogOffset = {
      date: message.date,
      messageId,
      peer,
      accessHash: accessHashOf(page, peer),
    }
    return Buffer.from(JSON.stringify(offset)).toString('base64url')
  }
  return null
}

/** Offset arguments of `messages.getDialogs`. Throws TelegramError for text that is not a cursor. */
export function offsetOf(cursor: string | null) {
  if (cursor === null) {
    return { offsetDate: 0, offsetId: 0, offsetPeer: new Api.InputPeerEmpty() }
  }
  try {
    const offset = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as DialogOffset
    return {
      offsetDate: offset.date,
      offsetId: offset.messageId,
      offsetPeer: inputPeer(offset.peer, offset.accessHash),
      // All pinned dialogs are on the first page.
      excludePinned: true,
    }
  } catch (cause) {
    throw new TelegramError('not a cursor of the dialogs', { cause })
  }
}

function inputPeer(peer: TlPeer, accessHash: string | null): Api.TypeInputPeer {
  const hash = returnBigInt(accessHash ?? '0')
  if (peer._ === 'peerUser') {
    return new Api.InputPeerUser({ userId: returnBigInt(peer.user_id), accessHash: hash })
  }
  if (peer._ === 'peerChat') return new Api.InputPeerChat({ chatId: returnBigInt(peer.chat_id) })
  return new Api.InputPeerChannel({ channelId: returnBigInt(peer.channel_id), accessHash: hash })
}

function accessHashOf(page: TlDialogs, peer: TlPeer): string | null {
  if (peer._ === 'peerChat') return null
  const holder =
    peer._ === 'peerUser'
      ? page.users.find(({ id }) => id === peer.user_id)
      : page.chats.find(({ id }) => id === peer.channel_id)
  return holder?.access_hash ?? null
}

function samePeer(a: TlPeer, b: TlPeer): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
