import type { Peer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import { describeMedia, type MediaDescription } from './describe-messages.ts'

/** A message sent by an account. Ids beyond 32 bits are decimal strings. */
export interface SentDescription {
  readonly account_id: string
  readonly peer: PeerDescription
  /** The id in the sender's mailbox, or in the channel. */
  readonly id: number
  readonly random_id: string
  readonly text: string
  readonly media: MediaDescription | null
  /** ISO 8601, UTC. */
  readonly date: string
}

export interface PeerDescription {
  readonly kind: Peer['kind']
  readonly id: string
}

/** `GET /sent`: all messages sent by accounts, in order, including those deleted since. */
export async function* describeSent({ sent }: World): AsyncGenerator<SentDescription> {
  for (const message of sent.all()) {
    yield {
      account_id: String(message.accountId),
      peer: describePeer(message.peer),
      id: message.messageId,
      random_id: String(message.randomId),
      text: message.text,
      media: message.media === null ? null : await describeMedia(message.media),
      date: isoDate(message.date),
    }
  }
}

export function describePeer({ kind, id }: Peer): PeerDescription {
  return { kind, id: String(id) }
}

/** Converts Unix seconds. */
export function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
