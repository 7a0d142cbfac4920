import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { channelInboxUpdate } from '../world/read-history.ts'
import { getChannelDifference } from './channel-difference.ts'
import { differenceContent } from './difference-content.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentMailboxEvent } from './present-event.ts'
import { referencedPeers } from './referenced-peers.ts'

/** Constant: no event of the emulator uses `seq` or `qts`. */
const SEQ = 1
const QTS = 0

interface GetDifference {
  readonly pts: number
  /** A client that is more than this many events behind prefers `updates.differenceTooLong`. */
  readonly pts_total_limit?: number
  readonly date: number
  readonly qts: number
}

/** `updates.state` of the viewer's account. */
export function presentState(viewer: SignedInCaller): TlObject {
  const { world, account } = viewer
  const mailbox = world.mailboxes.of(account.id)
  const dialogs = [...mailbox.conversations()].filter(({ unreadCount }) => unreadCount > 0)
  const channels = [...world.channels.all()].filter(
    (channel) =>
      world.channels.isMember(account, channel) &&
      world.channelMarks.unreadCount(account.id, channel) > 0,
  )
  return {
    _: 'updates.state',
    pts: mailbox.log.pts,
    qts: QTS,
    date: viewer.now(),
    seq: SEQ,
    unread_count: dialogs.length + channels.length,
  }
}

/** The events of the caller's mailbox, and the channels with events. */
function getDifference(caller: SignedInCaller, params: GetDifference): TlObject {
  const { world, account, key } = caller
  const { pts, date } = params
  const { log } = world.mailboxes.of(account.id)
  if (pts <= 0) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  if (pts > log.pts) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_INVALID')
  if (date <= 0) throw new RpcError(400, 'DATE_EMPTY')
  const { slice, maxAge } = world.differenceLimits
  const limit = Math.min(params.pts_total_limit ?? maxAge, maxAge)
  const events = log.after(pts, { limit: slice, maxAge: limit })
  if (events === null) return { _: 'updates.differenceTooLong', pts: log.pts }
  const last = events.at(-1)
  const isWhole = last === undefined || last.pts === log.pts
  const channels = isWhole ? world.channelNews.since(date, account, key.id) : []
  const read = isWhole ? world.channelNews.readSince(date, account, key.id) : []
  if (last === undefined && channels.length === 0 && read.length === 0) {
    return { _: 'updates.differenceEmpty', date: caller.now(), seq: SEQ }
  }
  const updates = events.flatMap((event) => presentMailboxEvent(caller, event) ?? [])
  const reads = read.map((channel) => channelInboxUpdate(world.channelMarks, account.id, channel))
  const content = {
    ...differenceContent([...updates, ...channels.map(tooLong), ...reads]),
    ...referencedPeers(caller, [...new Set([...channels, ...read])], updates),
  }
  const state = presentState(caller)
  if (isWhole) return { _: 'updates.difference', ...content, state }
  return {
    _: 'updates.differenceSlice',
    ...content,
    intermediate_state: { ...state, pts: last.pts, date },
  }
}

function tooLong({ id, pts }: { readonly id: bigint; readonly pts: number }): TlObject {
  return { _: 'updateChannelTooLong', channel_id: id, pts }
}

export const updatesMethods: MethodTable = {
  'updates.getState': signedIn(presentState),
  'updates.getDifference': signedIn(getDifference),
  'updates.getChannelDifference': signedIn(getChannelDifference),
}
