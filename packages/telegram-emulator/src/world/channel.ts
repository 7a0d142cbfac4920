import { EventLog, type LoggedEvent } from './event-log.ts'
import { IdList } from './id-list.ts'
import type { ChannelBlueprint, ChannelMessage, Timeline } from './model.ts'

/**
 * A channel in its current state: the messages of its blueprint, with edits and deletions applied, followed by the
 * posts of the run and of earlier runs.
 */
export class Channel implements Timeline {
  readonly blueprint: ChannelBlueprint
  /** The events of the channel, with its own `pts`. */
  readonly log: EventLog
  /** Ids of posts that were not deleted; all are above the blueprint's ids. */
  readonly #postedIds = new IdList()
  /** Posts and edited messages, by id. */
  readonly #changed = new Map<number, ChannelMessage>()
  /** Ids of deleted blueprint messages. */
  readonly #deleted = new Set<number>()
  #lastId: number

  /** @param earlier events of earlier runs */
  constructor(blueprint: ChannelBlueprint, earlier: readonly LoggedEvent[] = []) {
    const { topId } = blueprint.timeline
    this.blueprint = blueprint
    this.log = new EventLog(topId + 1, earlier)
    this.#lastId = topId
    for (const { kind, messageIds } of earlier) {
      if (kind === 'new_message') this.#lastId = Math.max(this.#lastId, ...messageIds)
    }
  }

  get id(): bigint {
    return this.blueprint.id
  }

  get pts(): number {
    return this.log.pts
  }

  get count(): number {
    return this.blueprint.timeline.count - this.#deleted.size + this.#postedIds.size
  }

  get topId(): number {
    for (const id of this.idsBelow(this.nextId)) return id
    return 0
  }

  /** The id of the next post. Ids of deleted posts are not reused. */
  get nextId(): number {
    return this.#lastId + 1
  }

  /** The number of posts (not blueprint messages) above `id`. */
  countPostedAbove(id: number): number {
    return this.#postedIds.size - this.#postedIds.countBelow(id + 1)
  }

  /** The differences from the blueprint, by id. */
  changes(): { posted: Iterable<number>; edited: Iterable<number>; deleted: Iterable<number> } {
    const { topId } = this.blueprint.timeline
    return {
      posted: this.#postedIds.from(0),
      edited: [...this.#changed.keys()].filter((id) => id <= topId),
      deleted: this.#deleted,
    }
  }

  /** Throws RangeError unless the message is newer than every other. */
  append(id: number, message: ChannelMessage): void {
    if (id <= this.blueprint.timeline.topId) {
      throw new RangeError(`message ${id} is not above ${this.blueprint.timeline.topId}`)
    }
    this.#postedIds.append(id)
    this.#changed.set(id, message)
    this.#lastId = Math.max(this.#lastId, id)
  }

  /** Replaces the message with that id by its edited version. */
  replace(id: number, message: ChannelMessage): void {
    this.#changed.set(id, message)
  }

  delete(id: number): void {
    this.#changed.delete(id)
    if (!this.#postedIds.delete(id) && this.blueprint.timeline.get(id) !== undefined) {
      this.#deleted.add(id)
    }
  }

  get(id: number): ChannelMessage | undefined {
    if (this.#deleted.has(id)) return undefined
    return this.#changed.get(id) ?? this.blueprint.timeline.get(id)
  }

  /** Whether the channel still has what its blueprint has under this id: the same message, or none. */
  isOriginal(id: number): boolean {
    const { timeline } = this.blueprint
    return id <= timeline.topId && !this.#changed.has(id) && !this.#deleted.has(id)
  }

  *idsBelow(beforeId: number): Iterable<number> {
    yield* this.#postedIds.below(beforeId)
    const { timeline } = this.blueprint
    yield* this.#kept(timeline.idsBelow(Math.min(beforeId, timeline.topId + 1)))
  }

  *idsFrom(fromId: number): Iterable<number> {
    const { timeline } = this.blueprint
    if (fromId <= timeline.topId) yield* this.#kept(timeline.idsFrom(fromId))
    yield* this.#postedIds.from(fromId)
  }

  *#kept(ids: Iterable<number>): Iterable<number> {
    if (this.#deleted.size === 0) yield* ids
    else for (const id of ids) if (!this.#deleted.has(id)) yield id
  }
}
