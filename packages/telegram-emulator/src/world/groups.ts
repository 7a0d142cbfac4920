import type { Journal } from './journal.ts'
import type { Transaction } from './transaction.ts'

/** A basic group. Its messages are in the mailboxes of its members. */
export interface Group {
  /** Bare id, as in `chat.id`. */
  readonly id: bigint
  readonly title: string
  readonly creatorId: bigint
  /** Includes the creator. */
  readonly memberIds: readonly bigint[]
  /** Unix seconds. */
  readonly createdAt: number
  /** The supergroup that replaced the group; null while the group is active. */
  readonly migratedTo: bigint | null
}

const PREFIX = 'group/'
const FIRST_ID = 500_000_001n

/** All basic groups. */
export class Groups {
  readonly #byId = new Map<bigint, Group>()

  constructor(journal: Journal) {
    for (const { value } of journal.restored(PREFIX)) {
      const group = value as Group
      this.#byId.set(group.id, group)
    }
  }

  get(id: bigint): Group | undefined {
    return this.#byId.get(id)
  }

  all(): Iterable<Group> {
    return this.#byId.values()
  }

  /** The group that was migrated to this channel. */
  before(channelId: bigint): Group | undefined {
    return [...this.#byId.values()].find(({ migratedTo }) => migratedTo === channelId)
  }

  nextId(): bigint {
    return FIRST_ID + BigInt(this.#byId.size)
  }

  /** Adds a group, or replaces the one with its id. */
  save(transaction: Transaction, group: Group): void {
    this.#byId.set(group.id, group)
    transaction.remember(`${PREFIX}${group.id}`, group)
  }
}
