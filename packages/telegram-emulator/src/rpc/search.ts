import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import { sliceHistory } from '../world/history-slice.ts'
import type { MessageCriteria } from '../world/message-filter.ts'
import { peerKey, peerObject } from '../world/peer.ts'
import { foundTimeline, type FoundMessages, type SearchedDialog } from '../world/search-messages.ts'
import { dialogPeer, timelineOf, type DialogPeer } from './dialog-peer.ts'
import type { InputPeer } from './input.ts'
import { listHash } from './list-hash.ts'
import { channelMessages, pageLimit, privateMessages } from './message-pages.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentMessageFor } from './present-message.ts'
import { referencedPeers } from './referenced-peers.ts'

interface SearchParams {
  readonly peer: InputPeer
  readonly q: string
  readonly from_id?: InputPeer
  readonly filter: TlObject
  readonly min_date: number
  readonly max_date: number
  readonly offset_id: number
  readonly add_offset: number
  readonly limit: number
  readonly max_id: number
  readonly min_id: number
  readonly hash: bigint
}

interface SearchGlobal {
  readonly broadcasts_only?: boolean
  readonly groups_only?: boolean
  readonly users_only?: boolean
  readonly q: string
  readonly filter: TlObject
  readonly min_date: number
  readonly max_date: number
  readonly offset_rate: number
  readonly offset_peer: InputPeer
  readonly offset_id: number
  readonly limit: number
}

const MAX_QUERY = 256
const MAX_COUNTERS = 50

/** `messages.search`: in one dialog. */
async function search(caller: SignedInCaller, params: SearchParams): Promise<TlObject> {
  const dialog = dialogPeer(caller, params.peer)
  const from = params.from_id === undefined ? null : dialogPeer(caller, params.from_id)
  const criteria = {
    query: params.q.slice(0, MAX_QUERY),
    filter: params.filter._,
    from: from === null ? null : peerOf(from),
    minDate: params.min_date,
    maxDate: params.max_date,
  }
  const found = await find(caller, dialog, criteria)
  const timeline = foundTimeline(timelineOf(caller, dialog), found)
  // A limit of 0 requests only the count.
  const limit = params.limit === 0 ? 0 : pageLimit(params.limit)
  const ids = sliceHistory(timeline, {
    offsetId: params.offset_id,
    offsetDate: 0,
    addOffset: params.add_offset,
    limit,
    maxId: params.max_id,
    minId: params.min_id,
  })
  if (params.hash !== 0n && params.hash === listHash(ids)) {
    return { _: 'messages.messagesNotModified', count: timeline.count }
  }
  const inexact = !found.isComplete
  if (!('channel' in dialog)) return { ...privateMessages(caller, ids, timeline.count), inexact }
  return { ...channelMessages(caller, dialog.channel, ids), count: timeline.count, inexact }
}

async function getSearchCounters(
  caller: SignedInCaller,
  params: { peer: InputPeer; filters: readonly TlObject[] },
): Promise<TlObject[]> {
  const dialog = dialogPeer(caller, params.peer)
  const counters: TlObject[] = []
  for (const filter of params.filters.slice(0, MAX_COUNTERS)) {
    const criteria = { query: '', filter: filter._, from: null, minDate: 0, maxDate: 0 }
    const { ids, isComplete } = await find(caller, dialog, criteria)
    const inexact = !isComplete
    counters.push({ _: 'messages.searchCounter', inexact, filter, count: ids.length })
  }
  return counters
}

interface Hit {
  readonly dialog: DialogPeer
  readonly id: number
  readonly date: number
}

/** `messages.searchGlobal`: in all dialogs of the account, newest first. */
async function searchGlobal(caller: SignedInCaller, params: SearchGlobal): Promise<TlObject> {
  const query = params.q.slice(0, MAX_QUERY)
  if (query.trim() === '' && params.filter._ === 'inputMessagesFilterEmpty') {
    throw new RpcError(400, 'SEARCH_QUERY_EMPTY')
  }
  const { min_date: minDate, max_date: maxDate } = params
  const criteria = { query, filter: params.filter._, from: null, minDate, maxDate }
  const hits: Hit[] = []
  for (const dialog of dialogsOf(caller, params)) {
    const { ids } = await find(caller, dialog, criteria)
    const timeline = timelineOf(caller, dialog)
    hits.push(...ids.map((id) => ({ dialog, id, date: timeline.get(id)?.tl['date'] as number })))
  }
  hits.sort((a, b) => b.date - a.date || b.id - a.id)
  const start = startOf(caller, params, hits)
  const page = hits.slice(start, start + pageLimit(params.limit))
  const last = page.at(-1)
  const messages = page.flatMap(({ dialog, id }) => {
    const message = timelineOf(caller, dialog).get(id)
    return message === undefined ? [] : [presentMessageFor(caller, message)]
  })
  const channels = page.flatMap(({ dialog }) => ('channel' in dialog ? [dialog.channel] : []))
  const isAll = start + page.length >= hits.length
  return {
    _: 'messages.messagesSlice',
    count: hits.length,
    ...(!isAll && last !== undefined && { next_rate: last.date }),
    messages,
    ...referencedPeers(caller, new Set(channels), messages),
  }
}

/** The index after the hit that the offsets name by date, dialog and id. */
function startOf(caller: SignedInCaller, params: SearchGlobal, hits: readonly Hit[]): number {
  const { offset_rate: rate, offset_peer: peer, offset_id: id } = params
  if (rate === 0) return 0
  const offset = peer._ === 'inputPeerEmpty' ? null : peerKeyOf(dialogPeer(caller, peer))
  const last = hits.findIndex(
    (hit) => hit.date === rate && hit.id === id && peerKeyOf(hit.dialog) === offset,
  )
  if (last >= 0) return last + 1
  const older = hits.findIndex((hit) => hit.date < rate)
  return older < 0 ? hits.length : older
}

function dialogsOf(caller: SignedInCaller, params: SearchGlobal): DialogPeer[] {
  const { world, account } = caller
  const { broadcasts_only: broadcasts, groups_only: groups, users_only: users } = params
  const wanted = ({ blueprint }: Channel): boolean => {
    if (users === true) return false
    if (broadcasts === true) return blueprint.kind === 'broadcast'
    return groups !== true || blueprint.kind === 'supergroup'
  }
  const channels = [...world.channels.all()].filter(
    (channel) => world.channels.isMember(account, channel) && wanted(channel),
  )
  const isPrivate = broadcasts !== true && groups !== true
  const conversations = isPrivate ? [...world.mailboxes.of(account.id).conversations()] : []
  return [
    ...channels.map((channel) => ({ channel })),
    ...conversations.map(({ peer }) => ({ peer })),
  ]
}

function find(
  caller: SignedInCaller,
  dialog: DialogPeer,
  criteria: MessageCriteria,
): Promise<FoundMessages> {
  const found = caller.search.find(searched(caller, dialog), criteria)
  if (found === null) throw new RpcError(400, 'INPUT_FILTER_INVALID')
  return found
}

function searched({ world, account }: SignedInCaller, dialog: DialogPeer): SearchedDialog {
  const timeline = timelineOf({ world, account }, dialog)
  const { pts } = 'channel' in dialog ? dialog.channel : world.mailboxes.of(account.id).log
  return { timeline, version: pts }
}

function peerOf(dialog: DialogPeer): TlObject {
  if (!('channel' in dialog)) return peerObject(dialog.peer)
  return peerObject({ kind: 'channel', id: dialog.channel.id })
}

function peerKeyOf(dialog: DialogPeer): string {
  if (!('channel' in dialog)) return peerKey(dialog.peer)
  return peerKey({ kind: 'channel', id: dialog.channel.id })
}

export const searchMethods: MethodTable = {
  'messages.getSearchCounters': signedIn(getSearchCounters),
  'messages.search': signedIn(search),
  'messages.searchGlobal': signedIn(searchGlobal),
}
