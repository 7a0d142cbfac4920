import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import { findUser, knownUser, type FoundUser, type InputUser } from './input.ts'
import { listHash } from './list-hash.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentChannel } from './present-channel.ts'
import { presentFoundUser, presentUser } from './present-user.ts'

/** `InputContact` of the schema. */
interface InputContact {
  readonly client_id: bigint
  readonly phone: string
  readonly first_name: string
  readonly last_name: string
}

interface AddContact {
  readonly id: InputUser
  readonly first_name: string
  readonly last_name: string
  readonly phone: string
}

const USERNAME = /^[a-z][a-z0-9_]{3,31}$/i
const MAX_NAME_LENGTH = 64
/** Contacts beyond this are returned as `retry_contacts`. */
const MAX_IMPORTED = 500

/** Resolves the username of a channel, account or person; case is ignored. */
function resolveUsername(caller: SignedInCaller, params: { username: string }): TlObject {
  const { username } = params
  if (!USERNAME.test(username)) throw new RpcError(400, 'USERNAME_INVALID')
  const { world } = caller
  const channel = world.channels.withUsername(username)
  if (channel !== undefined) {
    return {
      _: 'contacts.resolvedPeer',
      peer: { _: 'peerChannel', channel_id: channel.id },
      chats: [presentChannel(world, channel, caller.account)],
      users: [],
    }
  }
  const account = world.accounts.withUsername(username)
  if (account !== undefined) return resolvedUser(caller, { account })
  const person = world.channels.personWithUsername(username)
  if (person === undefined) throw new RpcError(400, 'USERNAME_NOT_OCCUPIED')
  return resolvedUser(caller, { person })
}

function resolvePhone(caller: SignedInCaller, params: { phone: string }): TlObject {
  const account = caller.world.accounts.withPhone(digitsOf(params.phone))
  if (account === undefined) throw new RpcError(400, 'PHONE_NOT_OCCUPIED')
  return resolvedUser(caller, { account })
}

function resolvedUser(caller: SignedInCaller, found: FoundUser): TlObject {
  const user = presentFoundUser(caller, found)
  return {
    _: 'contacts.resolvedPeer',
    peer: { _: 'peerUser', user_id: user['id'] },
    chats: [],
    users: [user],
  }
}

/** Numbers without an account are ignored: no contact and no account is created for them. */
function importContacts(
  caller: SignedInCaller,
  params: { contacts: readonly InputContact[] },
): TlObject {
  const { contacts } = params
  const found = contacts.slice(0, MAX_IMPORTED).flatMap((input) => {
    const user = caller.world.accounts.withPhone(digitsOf(input.phone))
    return user === undefined ? [] : [{ input, user }]
  })
  for (const { input, user } of found) save(caller, user, input)
  return {
    _: 'contacts.importedContacts',
    imported: found.map(({ input, user }) => ({
      _: 'importedContact',
      user_id: user.id,
      client_id: input.client_id,
    })),
    popular_invites: [],
    retry_contacts: contacts.slice(MAX_IMPORTED).map(({ client_id: id }) => id),
    users: [...new Set(found.map(({ user }) => user))].map((user) => presentUser(caller, user)),
  }
}

function addContact(caller: SignedInCaller, params: AddContact): TlObject {
  const found = knownUser(caller, params.id, 'CONTACT_ID_INVALID')
  const isOther = 'account' in found && found.account.id !== caller.account.id
  if (!isOther) throw new RpcError(400, 'CONTACT_ID_INVALID')
  if (params.first_name.trim() === '') throw new RpcError(400, 'CONTACT_NAME_EMPTY')
  save(caller, found.account, params)
  return contactsChanged(caller, [found.account])
}

/** An import of the account's own number returns the account but adds no contact. */
function save(
  { world, account }: SignedInCaller,
  user: Account,
  names: Pick<AddContact, 'first_name' | 'last_name' | 'phone'>,
): void {
  if (user.id === account.id) return
  world.contacts.put(account, {
    userId: user.id,
    phone: digitsOf(names.phone),
    firstName: names.first_name.slice(0, MAX_NAME_LENGTH),
    lastName: names.last_name.slice(0, MAX_NAME_LENGTH),
  })
}

function getContacts(caller: SignedInCaller, params: { hash: bigint }): TlObject {
  const { world, account } = caller
  const contacts = world.contacts.of(account)
  const ids = contacts.map(({ userId }) => Number(userId)).toSorted((a, b) => a - b)
  if (params.hash !== 0n && params.hash === listHash([contacts.length, ...ids])) {
    return { _: 'contacts.contactsNotModified' }
  }
  return {
    _: 'contacts.contacts',
    contacts: contacts.map(({ userId }) => ({
      _: 'contact',
      user_id: userId,
      mutual: world.contacts.isMutual(account, userId),
    })),
    saved_count: contacts.length,
    users: contacts.flatMap(({ userId }) => {
      const user = world.accounts.get(userId)
      return user === undefined ? [] : [presentUser(caller, user)]
    }),
  }
}

/** Users that are not contacts are ignored. */
function deleteContacts(caller: SignedInCaller, params: { id: readonly InputUser[] }): TlObject {
  const { world, account } = caller
  const deleted = params.id.flatMap((input) => {
    const found = findUser(caller, input)
    if (found === undefined || !('account' in found)) return []
    return world.contacts.delete(account, found.account.id) ? [found.account] : []
  })
  return contactsChanged(caller, deleted)
}

function contactsChanged(caller: SignedInCaller, users: readonly Account[]): TlObject {
  return {
    _: 'updates',
    updates: users.map(({ id }) => ({
      _: 'updatePeerSettings',
      peer: { _: 'peerUser', user_id: id },
      settings: { _: 'peerSettings' },
    })),
    users: users.map((user) => presentUser(caller, user)),
    chats: [],
    date: caller.now(),
    seq: 0,
  }
}

function digitsOf(phone: string): string {
  return phone.replaceAll(/\D/g, '')
}

export const contactsMethods: MethodTable = {
  'contacts.addContact': signedIn(addContact),
  'contacts.deleteContacts': signedIn(deleteContacts),
  'contacts.getContacts': signedIn(getContacts),
  'contacts.importContacts': signedIn(importContacts),
  'contacts.resolvePhone': signedIn(resolvePhone),
  'contacts.resolveUsername': signedIn(resolveUsername),
}
