import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import {
  knownUser,
  readableChannel,
  type FoundUser,
  type InputChannel,
  type InputUser,
} from './input.ts'
import { listHash } from './list-hash.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentChannel } from './present-channel.ts'
import { presentFoundUser } from './present-user.ts'

interface GetParticipants {
  readonly channel: InputChannel
  readonly filter: { readonly _: string; readonly q?: string }
  readonly offset: number
  readonly limit: number
  readonly hash: bigint
}

/** `InputPeer` of the schema, as far as it names users. */
interface ParticipantPeer {
  readonly _: string
  readonly user_id?: bigint
  readonly access_hash?: bigint
}

const MAX_PAGE = 200

/** `channels.getParticipants`. Supergroups show their participants to everyone, broadcast channels only to admins. */
function getParticipants(caller: SignedInCaller, params: GetParticipants): TlObject {
  const channel = readableChannel(caller, params.channel)
  const { world, account } = caller
  const isOpen = channel.blueprint.kind === 'supergroup'
  if (!isOpen && !world.admins.has(channel.id, account.id)) {
    throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
  }
  const found = members(caller, channel).filter(filterOf(caller, channel, params.filter))
  const offset = Math.max(0, params.offset)
  const page = found.slice(offset, offset + Math.min(Math.max(params.limit, 0), MAX_PAGE))
  if (params.hash !== 0n && params.hash === listHash(page.map(idOf))) {
    return { _: 'channels.channelParticipantsNotModified' }
  }
  return {
    _: 'channels.channelParticipants',
    count: found.length,
    participants: page.map((member) => presentMember(caller, channel, member)),
    chats: [],
    users: page.map((member) => presentFoundUser(caller, member)),
  }
}

function getParticipant(
  caller: SignedInCaller,
  params: { channel: InputChannel; participant: ParticipantPeer },
): TlObject {
  const channel = readableChannel(caller, params.channel)
  const user = knownUser(caller, inputUser(params.participant), 'PARTICIPANT_ID_INVALID')
  const isMember = members(caller, channel).some((member) => idOf(member) === idOf(user))
  if (!isMember) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
  return {
    _: 'channels.channelParticipant',
    participant: presentMember(caller, channel, user),
    chats: [presentChannel(caller.world, channel, caller.account)],
    users: [presentFoundUser(caller, user)],
  }
}

function inputUser({ _, user_id: id, access_hash: hash }: ParticipantPeer): InputUser {
  if (_ === 'inputPeerSelf') return { _: 'inputUserSelf' }
  if (id === undefined || hash === undefined) return { _: 'inputUserEmpty' }
  return { _: 'inputUser', user_id: id, access_hash: hash }
}

/** The member accounts, then the people who only appear in the channel. */
function members({ world }: SignedInCaller, channel: Channel): FoundUser[] {
  const accounts = [...world.accounts.all()].filter((account) =>
    world.channels.isMember(account, channel),
  )
  return [
    ...accounts.map((account) => ({ account })),
    ...channel.blueprint.people.map((person) => ({ person })),
  ]
}

function filterOf(
  { world, account }: SignedInCaller,
  channel: Channel,
  filter: GetParticipants['filter'],
): (member: FoundUser) => boolean {
  const query = filter.q?.toLowerCase() ?? ''
  const matches = (member: FoundUser): boolean => namesOf(member).toLowerCase().includes(query)
  switch (filter._) {
    case 'channelParticipantsRecent':
      return () => true
    case 'channelParticipantsAdmins':
      return (member) => world.admins.has(channel.id, idOf(member))
    case 'channelParticipantsBots':
      return (member) => ('account' in member ? member.account.bot !== null : member.person.isBot)
    case 'channelParticipantsContacts':
      return (member) => matches(member) && world.contacts.get(account, idOf(member)) !== undefined
    case 'channelParticipantsSearch':
    case 'channelParticipantsMentions':
      return matches
    default:
      // The emulator has no banned or kicked participants.
      return () => false
  }
}

function namesOf(member: FoundUser): string {
  const { firstName, lastName, username } = 'account' in member ? member.account : member.person
  return [firstName, lastName ?? '', username ?? ''].join(' ')
}

function idOf(member: FoundUser): bigint {
  return 'account' in member ? member.account.id : member.person.id
}

function presentMember(
  { world, account }: SignedInCaller,
  channel: Channel,
  member: FoundUser,
): TlObject {
  const user_id = idOf(member)
  const date = channel.blueprint.createdAt
  if (world.admins.has(channel.id, user_id)) {
    return {
      _: 'channelParticipantAdmin',
      ...(user_id === account.id && { self: true, inviter_id: user_id }),
      user_id,
      promoted_by: user_id,
      date,
      admin_rights: {
        _: 'chatAdminRights',
        post_messages: true,
        edit_messages: true,
        delete_messages: true,
        other: true,
      },
    }
  }
  if (user_id === account.id) {
    return { _: 'channelParticipantSelf', user_id, inviter_id: user_id, date }
  }
  return { _: 'channelParticipant', user_id, date }
}

export const participantsMethods: MethodTable = {
  'channels.getParticipant': signedIn(getParticipant),
  'channels.getParticipants': signedIn(getParticipants),
}
