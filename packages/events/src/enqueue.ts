import type { Tx } from '@telegather/db'
import { uuidv7 } from 'uuidv7'
import { events, type EventName, type EventPayload } from './catalog.ts'
import { insertOutbox, notifyRelays } from './queries.ts'

/**
 * Tells of a change in the transaction that makes it: both are committed, or neither. A payload that
 * does not fit the catalog throws a `ZodError`.
 */
export async function enqueue<Name extends EventName>(
  tx: Tx,
  name: Name,
  payload: EventPayload<Name>,
): Promise<void> {
  await enqueueAll(tx, name, [payload])
}

/** `enqueue` of many events in two statements. */
export async function enqueueAll<Name extends EventName>(
  tx: Tx,
  name: Name,
  payloads: readonly EventPayload<Name>[],
): Promise<void> {
  if (payloads.length === 0) return
  await insertOutbox(
    tx,
    payloads.map((payload) => ({
      id: uuidv7(),
      subject: name,
      payload: events[name].parse(payload),
    })),
  )
  await notifyRelays(tx)
}
