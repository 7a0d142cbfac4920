import { ReusableObject } from '../tl/reusable.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import type { FileReferences } from '../world/file-references.ts'
import type { Timeline } from '../world/model.ts'
import { presentMessage } from './present-message.ts'
import { collectPeers, type PeerIds } from './referenced-peers.ts'

/** A message that looks the same to everyone, ready to be sent. */
export interface PresentedMessage {
  readonly tl: TlObject
  /** Whom it names. */
  readonly peers: PeerIds
}

type Generation = Map<Timeline, Map<number, PresentedMessage>>

/** Messages in each of two generations, so that a history of this length stays; one takes about a kilobyte. */
const MAX_GENERATION = 120_000

/**
 * The messages that channels began with, as they were sent lately. Making and encoding one takes far longer than
 * sending it, and reading a history again is what most clients do.
 */
export class PresentedMessages {
  readonly #references: FileReferences
  /** The references in the messages; with others all have to be made again. */
  #epoch: number
  #lastPeers: PeerIds = { chatIds: [], channelIds: [], userIds: [] }
  #young: Generation = new Map()
  #youngCount = 0
  #old: Generation = new Map()

  constructor(references: FileReferences) {
    this.#references = references
    this.#epoch = references.epoch
  }

  /** Null for a message that is not what the channel began with. */
  get(channel: Channel, id: number): PresentedMessage | null {
    if (!channel.isOriginal(id)) return null
    if (this.#epoch !== this.#references.epoch) this.#forgetAll()
    const { timeline } = channel.blueprint
    const young = this.#young.get(timeline)?.get(id)
    if (young !== undefined) return young
    const presented = this.#old.get(timeline)?.get(id) ?? this.#present(timeline, id)
    if (presented !== null) this.#keep(timeline, id, presented)
    return presented
  }

  #present(timeline: Timeline, id: number): PresentedMessage | null {
    const message = timeline.get(id)
    if (message === undefined) return null
    let first: TlObject | null = presentMessage(this.#references, message)
    const peers = this.#shared(collectPeers([first]))
    const make = (): TlObject => {
      const made = first
      first = null
      return made ?? this.#again(timeline, id)
    }
    return { tl: ReusableObject.of(first._, make), peers }
  }

  /** Most messages name whom the one before named; what is equal is kept once. */
  #shared(peers: PeerIds): PeerIds {
    if (!isSame(peers, this.#lastPeers)) this.#lastPeers = peers
    return this.#lastPeers
  }

  /** For a client of another layer. */
  #again(timeline: Timeline, id: number): TlObject {
    const message = timeline.get(id)
    if (message === undefined) throw new RangeError(`message ${id} was there before`)
    return presentMessage(this.#references, message)
  }

  #keep(timeline: Timeline, id: number, presented: PresentedMessage): void {
    if (this.#youngCount >= MAX_GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCount = 0
    }
    const messages = this.#young.get(timeline) ?? new Map<number, PresentedMessage>()
    this.#young.set(timeline, messages)
    messages.set(id, presented)
    this.#youngCount += 1
  }

  #forgetAll(): void {
    this.#epoch = this.#references.epoch
    this.#young = new Map()
    this.#youngCount = 0
    this.#old = new Map()
  }
}

function isSame(a: PeerIds, b: PeerIds): boolean {
  return (
    areSame(a.channelIds, b.channelIds) &&
    areSame(a.userIds, b.userIds) &&
    areSame(a.chatIds, b.chatIds)
  )
}

function areSame(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}
