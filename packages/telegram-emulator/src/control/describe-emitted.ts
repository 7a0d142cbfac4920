import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LoggedEvent } from '../world/event-log.ts'
import type { Mailbox } from '../world/mailbox.ts'
import type { World } from '../world/world.ts'
import { describePeer, isoDate, type PeerDescription } from './describe-sent.ts'

/** An update that an account has to get, by push or in a difference. Ids beyond 32 bits are decimal strings. */
export interface EmittedUpdate {
  readonly account_id: string
  readonly kind: LoggedEvent['kind']
  /** The `pts` after the update: of the account, or of the channel in `peer`. */
  readonly pts: number
  readonly pts_count: number
  /** Null if messages of several dialogs were deleted at once. */
  readonly peer: PeerDescription | null
  readonly message_ids: readonly number[]
  /** The text of a new or edited message at that time. */
  readonly text: string | null
  /** Whether the account itself wrote the message. */
  readonly out: boolean
  /** ISO 8601, UTC. */
  readonly date: string
  /** True if the update was not pushed. */
  readonly silent: boolean
}

const TURN_UPDATES = 1000

/** `GET /emitted`: all updates of all accounts, in order of `pts`. Loss checks compare clients with this. */
export async function* describeEmitted(world: World): AsyncGenerator<EmittedUpdate> {
  let described = 0
  for (const update of allUpdates(world)) {
    described += 1
    if (described % TURN_UPDATES === 0) await nextTurn()
    yield update
  }
}

function* allUpdates({ mailboxes, channels, audiences }: World): Iterable<EmittedUpdate> {
  for (const { accountId, log } of [...mailboxes.all()].toSorted(byAccount)) {
    for (const event of log.all()) yield describe(event, accountId)
  }
  for (const { id, log } of channels.all()) {
    for (const event of log.all()) {
      for (const accountId of audiences.get(id, event.audience ?? 0)) {
        yield describe(event, accountId)
      }
    }
  }
}

function byAccount(a: Mailbox, b: Mailbox): number {
  return Number(a.accountId - b.accountId)
}

function describe(event: LoggedEvent, accountId: bigint): EmittedUpdate {
  const { kind, pts, ptsCount, peer, messageIds, text, authorId, date, silent } = event
  return {
    account_id: String(accountId),
    kind,
    pts,
    pts_count: ptsCount,
    peer: peer === null ? null : describePeer(peer),
    message_ids: messageIds,
    text,
    out: authorId === accountId,
    date: isoDate(date),
    silent,
  }
}
