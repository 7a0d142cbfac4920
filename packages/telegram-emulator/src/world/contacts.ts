import type { Account } from './accounts.ts'
import type { Journal } from './journal.ts'

/** An entry of an account's address book, with the names that the owner chose. */
export interface Contact {
  readonly userId: bigint
  /** Digits only; empty if the owner does not know the number. */
  readonly phone: string
  readonly firstName: string
  readonly lastName: string
}

const PREFIX = 'contact/'

/** The address books of all accounts. Numbers without an account are not stored. */
export class Contacts {
  readonly #byOwner = new Map<bigint, Map<bigint, Contact>>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const { key, value } of journal.restored(PREFIX)) {
      const ownerId = key.slice(PREFIX.length, key.lastIndexOf('/'))
      this.#of(BigInt(ownerId)).set((value as Contact).userId, value as Contact)
    }
  }

  /** Adds a contact or changes its names. */
  put(owner: Account, contact: Contact): void {
    this.#of(owner.id).set(contact.userId, contact)
    this.#journal.put(keyOf(owner, contact.userId), contact)
  }

  /** Returns false if there was no such contact. */
  delete(owner: Account, userId: bigint): boolean {
    const wasThere = this.#of(owner.id).delete(userId)
    if (wasThere) this.#journal.delete(keyOf(owner, userId))
    return wasThere
  }

  get(owner: Account, userId: bigint): Contact | undefined {
    return this.#byOwner.get(owner.id)?.get(userId)
  }

  /** In order of addition. */
  of(owner: Account): Contact[] {
    return [...(this.#byOwner.get(owner.id)?.values() ?? [])]
  }

  /** Whether both users have each other as a contact. */
  isMutual(owner: Account, userId: bigint): boolean {
    const isThere = this.get(owner, userId) !== undefined
    return isThere && this.#byOwner.get(userId)?.has(owner.id) === true
  }

  #of(ownerId: bigint): Map<bigint, Contact> {
    const known = this.#byOwner.get(ownerId)
    if (known !== undefined) return known
    const contacts = new Map<bigint, Contact>()
    this.#byOwner.set(ownerId, contacts)
    return contacts
  }
}

function keyOf(owner: Account, userId: bigint): string {
  return `${PREFIX}${owner.id}/${userId}`
}
