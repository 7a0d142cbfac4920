import type { TlObject } from '../tl/object.ts'
import { channelInboxUpdate } from '../world/read-history.ts'
import type { DialogPeer } from './dialog-peer.ts'
import type { SignedInCaller } from './method.ts'
import { presentChannelEvent, presentMailboxEvent } from './present-event.ts'
import type { SentMessage } from './send.ts'
import { updatesContainer } from './updates-container.ts'

/** The response to a call that sent messages: their ids, and the messages themselves. */
export function sentUpdates(
  caller: SignedInCaller,
  dialog: DialogPeer,
  sent: readonly SentMessage[],
): TlObject {
  const ids = sent.map(({ message, randomId }) => ({
    _: 'updateMessageID',
    id: message.tl['id'],
    random_id: randomId,
  }))
  const events = sent.flatMap(({ event }) =>
    'channel' in dialog
      ? (presentChannelEvent(caller, dialog.channel, event) ?? [])
      : (presentMailboxEvent(caller, event) ?? []),
  )
  return updatesContainer(caller, [...ids, ...readInbox(caller, dialog), ...events])
}

/** Sending to a channel marks it as read for the sender. */
function readInbox({ world, account }: SignedInCaller, dialog: DialogPeer): TlObject[] {
  if (!('channel' in dialog)) return []
  return [channelInboxUpdate(world.channelMarks, account.id, dialog.channel)]
}

/** The response to plain text in a private chat: only the fields that the client does not know yet. */
export function shortSentMessage({ message, event }: SentMessage): TlObject {
  const { id, date, entities } = message.tl
  return {
    _: 'updateShortSentMessage',
    out: true,
    id,
    pts: event.pts,
    pts_count: event.ptsCount,
    date,
    entities,
  }
}
