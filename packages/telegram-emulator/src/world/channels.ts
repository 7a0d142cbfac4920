import type { Account } from './accounts.ts'
import { Channel } from './channel.ts'
import { earlierEvents, forgetChanges, restoreChanges } from './channel-changes.ts'
import { channelRef } from './file-id.ts'
import type { Journal } from './journal.ts'
import type { ChannelBlueprint, Person } from './model.ts'

const LEFT_PREFIX = 'left/'
const JOINED_PREFIX = 'joined/'
const PARTICIPANTS_PREFIX = 'participants/'

/** Two channels whose file ids would collide cannot be in one world. */
export class ChannelConflictError extends Error {
  override readonly name = 'ChannelConflictError'

  constructor(id: bigint, otherId: bigint) {
    super(
      `Channels ${id} and ${otherId} cannot share a world: their files would bear the same ids.`,
    )
  }
}

/** All channels of the world, with their memberships. */
export class Channels {
  readonly #byId = new Map<bigint, Channel>()
  readonly #byUsername = new Map<string, Channel>()
  /** By the channel reference in file ids. */
  readonly #byFileRef = new Map<number, Channel>()
  readonly #people = new Map<bigint, Person>()
  readonly #peopleByUsername = new Map<string, Person>()
  readonly #pinned = new Set<bigint>()
  /**
   * In channels with `isJoinedByAll` each account is a member unless stored in `#left`; in others only if stored as
   * joined.
   */
  readonly #left: Set<string>
  readonly #joined: Set<string>
  /** The number of stored memberships, by key prefix and channel. */
  readonly #counts = new Map<string, number>()
  /** The participant count set for a channel, by channel id. */
  readonly #stated: Map<bigint, number>
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    this.#left = new Set(journal.restored(LEFT_PREFIX).map(({ key }) => key))
    this.#joined = new Set(journal.restored(JOINED_PREFIX).map(({ key }) => key))
    for (const key of [...this.#left, ...this.#joined]) this.#count(key, 1)
    this.#stated = new Map(
      journal
        .restored(PARTICIPANTS_PREFIX)
        .map(({ key, value }) => [BigInt(key.slice(PARTICIPANTS_PREFIX.length)), value as number]),
    )
  }

  /** Adds a channel and applies its stored changes. Replaces a channel with the same id. */
  add(blueprint: ChannelBlueprint): Channel {
    const channel = this.#place(new Channel(blueprint, earlierEvents(this.#journal, blueprint.id)))
    restoreChanges(this.#journal, channel)
    return channel
  }

  /** Replaces the channel with that id, if any, and deletes its stored changes. */
  replace(blueprint: ChannelBlueprint): Channel {
    const former = this.#byId.get(blueprint.id)
    const channel = this.#place(new Channel(blueprint))
    if (former !== undefined) forgetChanges(this.#journal, former)
    return channel
  }

  get(id: bigint): Channel | undefined {
    return this.#byId.get(id)
  }

  /** The channel whose file ids have this reference. */
  withFileRef(ref: number): Channel | undefined {
    return this.#byFileRef.get(ref)
  }

  withUsername(username: string): Channel | undefined {
    return this.#byUsername.get(username.toLowerCase())
  }

  all(): Iterable<Channel> {
    return this.#byId.values()
  }

  /** The author or forward origin in a channel who is not an account of this world. */
  person(id: bigint): Person | undefined {
    return this.#people.get(id)
  }

  personWithUsername(username: string): Person | undefined {
    return this.#peopleByUsername.get(username.toLowerCase())
  }

  /** Pins a channel to the top of every account's dialogs. */
  pin(channel: Channel): void {
    this.#pinned.add(channel.id)
  }

  isPinned(id: bigint): boolean {
    return this.#pinned.has(id)
  }

  isMember(account: Account, channel: Channel): boolean {
    const changed = membershipKey(account, channel)
    return isJoinedByAll(channel) ? !this.#left.has(changed) : this.#joined.has(changed)
  }

  join(account: Account, channel: Channel): void {
    if (isJoinedByAll(channel)) this.#forget(this.#left, membershipKey(account, channel))
    else this.#remember(this.#joined, membershipKey(account, channel))
  }

  leave(account: Account, channel: Channel): void {
    if (isJoinedByAll(channel)) this.#remember(this.#left, membershipKey(account, channel))
    else this.#forget(this.#joined, membershipKey(account, channel))
  }

  /**
   * The participant count of a channel: the larger of the known participants (member accounts and the blueprint's
   * people) and the count set for it.
   *
   * @param accountCount number of all accounts
   */
  participantsCount(accountCount: number, channel: Channel): number {
    const { id, people, participantsCount } = channel.blueprint
    const members = isJoinedByAll(channel)
      ? accountCount - this.#countOf(LEFT_PREFIX, channel)
      : this.#countOf(JOINED_PREFIX, channel)
    return Math.max(members + people.length, this.#stated.get(id) ?? participantsCount)
  }

  /** Sets the participant count of a channel. Known participants form the lower bound. */
  stateParticipants({ id }: Channel, count: number): void {
    this.#stated.set(id, count)
    this.#journal.put(`${PARTICIPANTS_PREFIX}${id}`, count)
  }

  #countOf(prefix: string, { id }: Channel): number {
    return this.#counts.get(`${prefix}${id}`) ?? 0
  }

  #count(key: string, change: number): void {
    const [prefix, , channelId] = key.split('/')
    const name = `${prefix}/${channelId}`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + change)
  }

  #remember(memberships: Set<string>, key: string): void {
    if (memberships.has(key)) return
    memberships.add(key)
    this.#count(key, 1)
    this.#journal.put(key, true)
  }

  #forget(memberships: Set<string>, key: string): void {
    if (!memberships.delete(key)) return
    this.#count(key, -1)
    this.#journal.delete(key)
  }

  #place(channel: Channel): Channel {
    const { id, username, people } = channel.blueprint
    const ref = channelRef(id)
    const neighbour = this.#byFileRef.get(ref)
    if (neighbour !== undefined && neighbour.id !== id) {
      throw new ChannelConflictError(id, neighbour.id)
    }
    this.#byFileRef.set(ref, channel)
    const former = this.#byId.get(id)?.blueprint.username?.toLowerCase()
    if (former !== undefined) this.#byUsername.delete(former)
    this.#byId.set(id, channel)
    if (username !== null) this.#byUsername.set(username.toLowerCase(), channel)
    for (const person of people) {
      this.#people.set(person.id, person)
      if (person.username !== null)
        this.#peopleByUsername.set(person.username.toLowerCase(), person)
    }
    return channel
  }
}

function isJoinedByAll({ blueprint }: Channel): boolean {
  return blueprint.isJoinedByAll !== false
}

/** The journal key of a membership that differs from the channel's default. */
function membershipKey(account: Account, channel: Channel): string {
  const prefix = isJoinedByAll(channel) ? LEFT_PREFIX : JOINED_PREFIX
  return `${prefix}${account.id}/${channel.id}`
}
