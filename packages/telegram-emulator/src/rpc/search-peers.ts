import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { Channel } from '../world/channel.ts'
import { peerObject } from '../world/peer.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentChannel } from './present-channel.ts'
import { presentUser } from './present-user.ts'

const MAX_FOUND = 50

type Matches = (...names: readonly (string | null)[]) => boolean

/** `contacts.search`: users and channels by name or username. Peers that the account knows are listed separately. */
function searchPeers(caller: SignedInCaller, params: { q: string; limit: number }): TlObject {
  const query = params.q.trim().replace(/^@/, '').toLowerCase()
  if (query === '') throw new RpcError(400, 'SEARCH_QUERY_EMPTY')
  const limit = Math.min(Math.max(params.limit, 1), MAX_FOUND)
  const matches: Matches = (...names) => names.some((name) => hasWord(name, query))
  const channels = foundChannels(caller, matches)
  const users = foundUsers(caller, matches)
  const known = [...users.known.map(userPeer), ...channels.known.map(channelPeer)].slice(0, limit)
  const others = [...users.others.map(userPeer), ...channels.others.map(channelPeer)].slice(
    0,
    limit,
  )
  const named = new Set(
    [...known, ...others].map(({ user_id, channel_id }) => user_id ?? channel_id),
  )
  return {
    _: 'contacts.found',
    my_results: known,
    results: others,
    chats: [...channels.known, ...channels.others]
      .filter(({ id }) => named.has(id))
      .map((channel) => presentChannel(caller.world, channel, caller.account)),
    users: [...users.known, ...users.others]
      .filter(({ id }) => named.has(id))
      .map((user) => presentUser(caller, user)),
  }
}

/** Whether a word of the name starts with the query. */
function hasWord(name: string | null, query: string): boolean {
  const words = name?.toLowerCase().split(/\s+/) ?? []
  return words.some((word) => word.startsWith(query)) || words.join(' ').startsWith(query)
}

interface Found<Peer> {
  readonly known: readonly Peer[]
  readonly others: readonly Peer[]
}

/** Private channels are found only by their members. */
function foundChannels({ world, account }: SignedInCaller, matches: Matches): Found<Channel> {
  const isKnown = (channel: Channel): boolean => world.channels.isMember(account, channel)
  const found = [...world.channels.all()].filter(({ blueprint }) =>
    matches(blueprint.title, blueprint.username),
  )
  return {
    known: found.filter(isKnown),
    others: found.filter((channel) => !isKnown(channel) && channel.blueprint.username !== null),
  }
}

/** Contacts are found by the names that the account gave them, other users by username. */
function foundUsers({ world, account }: SignedInCaller, matches: Matches): Found<Account> {
  const known = world.contacts.of(account).flatMap(({ userId, firstName, lastName }) => {
    const user = world.accounts.get(userId)
    if (user === undefined) return []
    return matches(firstName, lastName, `${firstName} ${lastName}`, user.username) ? [user] : []
  })
  const others = [...world.accounts.all()].filter(
    (user) => user.id !== account.id && !known.includes(user) && matches(user.username),
  )
  return { known, others }
}

function channelPeer({ id }: Channel): TlObject {
  return peerObject({ kind: 'channel', id })
}

function userPeer({ id }: Account): TlObject {
  return peerObject({ kind: 'user', id })
}

export const searchPeersMethods: MethodTable = {
  'contacts.search': signedIn(searchPeers),
}
