import { RUN_STATES } from '@telegather/contracts'
import { z } from 'zod'

const sourceId = z.int()
const runId = z.uuid()

const catalog = {
  'session.created': z.object({ sessionId: z.int() }),
  'session.deleted': z.object({ sessionId: z.int() }),
  'source.created': z.object({ sourceId }),
  'source.deleted': z.object({ sourceId }),
  'run.requested': z.object({ runId, sourceId }),
  'run.finished': z.object({ runId, sourceId, state: z.enum(RUN_STATES) }),
}

export type EventName = keyof typeof catalog
type EventPayloads = { [Name in EventName]: z.output<(typeof catalog)[Name]> }
export type EventPayload<Name extends EventName> = EventPayloads[Name]

/**
 * Schemas of all events between services, by name. Payloads contain only ids: a consumer reads the current rows. New
 * fields must be optional, because the stream keeps older messages for seven days. An incompatible change needs a new
 * event name.
 */
export const events: { readonly [Name in EventName]: z.ZodType<EventPayloads[Name]> } = catalog
