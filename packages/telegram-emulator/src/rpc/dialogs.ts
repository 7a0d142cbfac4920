import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { dialogPeer, timelineOf, type DialogPeer } from './dialog-peer.ts'
import type { InputPeer } from './input.ts'
import type { SignedInCaller, Viewer } from './method.ts'
import { presentDialogs } from './present-dialogs.ts'
import { presentState } from './updates.ts'

const MAX_PAGE = 100
const DEFAULT_PAGE = 20
const ARCHIVE_FOLDER = 1

export interface GetDialogs {
  readonly exclude_pinned?: boolean
  readonly folder_id?: number
  readonly offset_date: number
  readonly offset_id: number
  readonly offset_peer: InputPeer
  readonly limit: number
}

/** The sort key of a dialog: the date of its newest message, then ids, all descending. */
interface Place {
  readonly date: number
  readonly topId: number
  readonly peerId: bigint
}

interface PlacedDialog {
  readonly dialog: DialogPeer
  readonly place: Place
}

/** `messages.getDialogs`. Pinned dialogs are first, and only on the first page. */
export function getDialogs(caller: SignedInCaller, params: GetDialogs): TlObject {
  const folderId = params.folder_id ?? 0
  if (folderId !== 0 && folderId !== ARCHIVE_FOLDER) throw new RpcError(400, 'FOLDER_ID_INVALID')
  const offset = offsetPlace(caller, params)
  const { pinned, others } = folderId === ARCHIVE_FOLDER ? NO_DIALOGS : dialogsOf(caller)
  const listed = params.exclude_pinned === true ? others : [...pinned, ...others]
  const from =
    offset === null ? listed : others.filter(({ place }) => comparePlaces(offset, place) < 0)
  const limit = params.limit <= 0 ? DEFAULT_PAGE : Math.min(params.limit, MAX_PAGE)
  const page = from.slice(0, limit)
  const whole = page.length === listed.length
  return {
    ...(whole ? { _: 'messages.dialogs' } : { _: 'messages.dialogsSlice', count: listed.length }),
    ...presentDialogs(
      caller,
      page.map(({ dialog }) => dialog),
    ),
  }
}

export function getPinnedDialogs(caller: SignedInCaller, params: { folder_id: number }): TlObject {
  const pinned = params.folder_id === 0 ? dialogsOf(caller).pinned : []
  return peerDialogs(
    caller,
    pinned.map(({ dialog }) => dialog),
  )
}

export function getPeerDialogs(
  caller: SignedInCaller,
  params: { peers: readonly { peer?: InputPeer }[] },
): TlObject {
  const dialogs = params.peers
    .slice(0, MAX_PAGE)
    .flatMap(({ peer }) => (peer === undefined ? [] : [dialogPeer(caller, peer)]))
  return peerDialogs(caller, dialogs)
}

function peerDialogs(caller: SignedInCaller, dialogs: readonly DialogPeer[]): TlObject {
  return {
    _: 'messages.peerDialogs',
    ...presentDialogs(caller, dialogs),
    state: presentState(caller),
  }
}

const NO_DIALOGS = { pinned: [], others: [] }

/**
 * All dialogs: joined channels and mailbox conversations. Those without any message are omitted, because clients rely
 * on a top message.
 */
function dialogsOf(viewer: Viewer): { pinned: PlacedDialog[]; others: PlacedDialog[] } {
  const { world, account } = viewer
  const channels = [...world.channels.all()].filter(
    (channel) => channel.topId > 0 && world.channels.isMember(account, channel),
  )
  const conversations = [...world.mailboxes.of(account.id).conversations()]
  const isPinned = ({ dialog }: PlacedDialog): boolean =>
    'channel' in dialog && world.channels.isPinned(dialog.channel.id)
  const placed = [
    ...channels.map((channel) => ({ channel })),
    ...conversations.filter(({ count }) => count > 0).map(({ peer }) => ({ peer })),
  ].map((dialog) => ({ dialog, place: placeOf(viewer, dialog) }))
  return {
    pinned: placed.filter(isPinned),
    others: placed
      .filter((entry) => !isPinned(entry))
      .toSorted((a, b) => comparePlaces(a.place, b.place)),
  }
}

/** Null at the start of the list. Without an offset date, the current sort key of the offset peer is used. */
function offsetPlace(caller: SignedInCaller, params: GetDialogs): Place | null {
  const { offset_date: date, offset_id: topId, offset_peer: peer } = params
  const dialog = peer._ === 'inputPeerEmpty' ? null : offsetDialog(caller, peer)
  if (date > 0) return { date, topId, peerId: dialog === null ? 0n : peerIdOf(dialog) }
  return dialog === null ? null : placeOf(caller, dialog)
}

function offsetDialog(caller: SignedInCaller, peer: InputPeer): DialogPeer {
  try {
    return dialogPeer(caller, peer)
  } catch (cause) {
    if (cause instanceof RpcError) throw new RpcError(400, 'OFFSET_PEER_ID_INVALID')
    throw cause
  }
}

function placeOf(viewer: Viewer, dialog: DialogPeer): Place {
  const timeline = timelineOf(viewer, dialog)
  const { topId } = timeline
  const date = timeline.get(topId)?.tl['date'] as number | undefined
  const createdAt = 'channel' in dialog ? dialog.channel.blueprint.createdAt : 0
  return { date: date ?? createdAt, topId, peerId: peerIdOf(dialog) }
}

function peerIdOf(dialog: DialogPeer): bigint {
  return 'channel' in dialog ? dialog.channel.id : dialog.peer.id
}

function comparePlaces(a: Place, b: Place): number {
  return b.date - a.date || b.topId - a.topId || Number(b.peerId - a.peerId)
}
