import type { Tx } from '@telegather/db'
import { uuidv7 } from 'uuidv7'
import { events, type EventName, type EventPayload } from './catalog.ts'
import { insertOutbox, notify } from './queries.ts'

/**
 * Inserts an event into the outbox. It is published if and only if the transaction commits. Throws a `ZodError` when the
 * payload does not match the catalog.
 */
export async function enqueue<Name extends EventName>(
  tx: Tx,
  name: Name,
  payload: EventPayload<Name>,
): Promise<void> {
  await enqueueAll(tx, name, [payload])
}

/** Like `enqueue`, for many events in two statements. */
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
  await notify(tx, 'outbox')
}
