import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import type { Account } from '../world/accounts.ts'
import type { Person } from '../world/model.ts'
import type { FoundUser } from './input.ts'
import type { Viewer } from './method.ts'

/** An account as `viewer` sees it: the phone number is shown only to the account itself. */
export function presentAccount(account: Account, viewer: Account): TlObject {
  const self = account.id === viewer.id
  return {
    _: 'user',
    self,
    id: account.id,
    access_hash: accessHashFor(viewer.id, account.accessHash),
    first_name: account.firstName,
    last_name: account.lastName,
    username: account.username,
    ...(self && account.phone !== null && { phone: account.phone }),
    ...(account.bot === null ? { status: { _: 'userStatusRecently' } } : BOT),
  }
}

const BOT = { bot: true, bot_info_version: 1 }

/** An account as the viewer sees it. Contacts have the names that the viewer gave them, and their phone number. */
export function presentUser({ world, account: viewer }: Viewer, account: Account): TlObject {
  const user = presentAccount(account, viewer)
  const contact = world.contacts.get(viewer, account.id)
  if (contact === undefined) return user
  return {
    ...user,
    contact: true,
    mutual_contact: world.contacts.isMutual(viewer, account.id),
    first_name: contact.firstName,
    last_name: contact.lastName,
    ...(contact.phone === account.phone && { phone: account.phone }),
  }
}

export function presentFoundUser(viewer: Viewer, found: FoundUser): TlObject {
  return 'account' in found
    ? presentUser(viewer, found.account)
    : presentPerson(found.person, viewer.account)
}

export function presentPerson(person: Person, viewer: Account): TlObject {
  return {
    _: 'user',
    id: person.id,
    access_hash: accessHashFor(viewer.id, person.accessHash),
    first_name: person.firstName,
    ...(person.lastName !== null && { last_name: person.lastName }),
    ...(person.username !== null && { username: person.username }),
    ...(person.isBot ? BOT : { status: { _: 'userStatusRecently' } }),
  }
}
