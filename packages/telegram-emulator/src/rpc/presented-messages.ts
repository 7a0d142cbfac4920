import { ReusableObject } from '../tl/reusable.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import type { FileReferences } from '../world/file-references.ts'
import type { Timeline } from '../world/model.ts'
import type { Viewer } from './method.ts'
import { presentMessage } from './present-message.ts'
import { collectPeers, type PeerIds } from './referenced-peers.ts'

/** A message, ready to be encoded. */
export interface PresentedMessage {
  readonly tl: TlObject
  /** The peers that it names. */
  readonly peers: PeerIds
}

/**
 * By channel; then, for messages with a file, by account, because access hash and reference of the file differ per
 * account.
 */
type Generation = Map<Timeline, Map<bigint | typeof EVERYONE, Map<number, PresentedMessage>>>

/** Key of messages that are equal for all accounts. */
const EVERYONE = 'everyone'

/** Messages per cache generation; there are two. A message takes about a kilobyte. */
const MAX_GENERATION = 120_000

/**
 * Cache of encoded blueprint messages. Building and encoding a message takes far longer than sending it, and most
 * clients read histories repeatedly.
 */
export class PresentedMessages {
  readonly #references: FileReferences
  /** The epoch of the file references in the messages; another epoch invalidates the cache. */
  #epoch: number
  #lastPeers: PeerIds = { chatIds: [], channelIds: [], userIds: [] }
  #young: Generation = new Map()
  #youngCount = 0
  #old: Generation = new Map()

  constructor(references: FileReferences) {
    this.#references = references
    this.#epoch = references.epoch
  }

  /** Null if the channel's message differs from its blueprint. */
  get(viewer: Viewer, channel: Channel, id: number): PresentedMessage | null {
    if (!channel.isOriginal(id)) return null
    if (this.#epoch !== this.#references.epoch) this.#forgetAll()
    const { timeline } = channel.blueprint
    for (const audience of [EVERYONE, viewer.account.id] as const) {
      const young = this.#young.get(timeline)?.get(audience)?.get(id)
      if (young !== undefined) return young
      const old = this.#old.get(timeline)?.get(audience)?.get(id)
      if (old !== undefined) return this.#keep(timeline, audience, { id, presented: old })
    }
    return this.#present(viewer, timeline, id)
  }

  #present(viewer: Viewer, timeline: Timeline, id: number): PresentedMessage | null {
    const message = timeline.get(id)
    if (message === undefined) return null
    let first: TlObject | null = presentMessage(viewer, message)
    const audience = first === message.tl ? EVERYONE : viewer.account.id
    const peers = this.#shared(collectPeers([first]))
    const make = (): TlObject => {
      const current = first
      first = null
      return current ?? again(viewer, timeline, id)
    }
    const presented = { tl: ReusableObject.of(first._, make), peers }
    return this.#keep(timeline, audience, { id, presented })
  }

  /** Shares equal sets of peers, since most messages name the same peers as the one before. */
  #shared(peers: PeerIds): PeerIds {
    if (!isSame(peers, this.#lastPeers)) this.#lastPeers = peers
    return this.#lastPeers
  }

  #keep(
    timeline: Timeline,
    audience: bigint | typeof EVERYONE,
    { id, presented }: { readonly id: number; readonly presented: PresentedMessage },
  ): PresentedMessage {
    if (this.#youngCount >= MAX_GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCount = 0
    }
    const audiences =
      this.#young.get(timeline) ?? new Map<typeof audience, Map<number, PresentedMessage>>()
    this.#young.set(timeline, audiences)
    const messages = audiences.get(audience) ?? new Map<number, PresentedMessage>()
    audiences.set(audience, messages)
    messages.set(id, presented)
    this.#youngCount += 1
    return presented
  }

  #forgetAll(): void {
    this.#epoch = this.#references.epoch
    this.#young = new Map()
    this.#youngCount = 0
    this.#old = new Map()
  }
}

/** Builds the message again, for a client of another layer. */
function again(viewer: Viewer, timeline: Timeline, id: number): TlObject {
  const message = timeline.get(id)
  if (message === undefined) throw new RangeError(`message ${id} is no longer in the blueprint`)
  return presentMessage(viewer, message)
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
