import type { Session } from '@telegather/contracts'
import type { SessionRow } from './queries.ts'

/** The session's state, with `flood_wait` while a flood wait lasts. */
export function stateOf(row: SessionRow): Session['state'] {
  if (row.state !== 'active') return row.state
  return row.floodWaitUntil && row.floodWaitUntil > new Date() ? 'flood_wait' : 'active'
}
