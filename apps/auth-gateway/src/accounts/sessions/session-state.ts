import type { Session } from '@telegather/contracts'
import type { SessionRow } from './queries.ts'

/** The state as it is now: a flood wait passes by itself. */
export function stateOf(row: SessionRow): Session['state'] {
  if (row.state !== 'active') return row.state
  return row.floodWaitUntil && row.floodWaitUntil > new Date() ? 'flood_wait' : 'active'
}
