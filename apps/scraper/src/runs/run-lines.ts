import type { LogLevel, RunState } from '@telegather/contracts'
import type { RunRow } from './queries/run-state.ts'
import type { Settlement } from './settle-run.ts'

/** A line of a run's log. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
}

/** How a run that was claimed goes on. */
export function claimLine({ attempt }: RunRow, stateBefore: RunState): Line {
  if (stateBefore === 'RUNNING')
    return { level: 'warning', message: 'Taken over from a process that fell silent' }
  if (stateBefore === 'RETRYING') return { level: 'info', message: `Try ${attempt}` }
  return { level: 'info', message: stateBefore === 'WAITING' ? 'Goes on' : 'Started' }
}

/** How a run ends whose worker has died. */
export function endLine({ error }: RunRow): Line {
  return error === null
    ? { level: 'info', message: 'Cancelled; its process had died' }
    : { level: 'error', message: error }
}

/** How a try of a run has ended. */
export function lineOf(run: RunRow, settlement: Settlement): Line {
  switch (settlement.state) {
    case 'COMPLETED':
      return { level: 'info', message: `Completed: ${storedBy(run)}` }
    case 'CANCELLED':
      return { level: 'info', message: `Cancelled: ${storedBy(run)}` }
    case 'FAILED':
      return { level: 'error', message: settlement.error }
    case 'RETRYING':
      return {
        level: 'warning',
        message: `${settlement.error}; tries again in ${Math.round(settlement.resumeAfterMs / 1000)} s`,
      }
    case 'WAITING':
      return { level: 'info', message: settlement.error }
    case 'PENDING':
      return { level: 'info', message: 'Handed on: the process that executed it stops' }
  }
}

export function fileLine(messageId: number, missing: { readonly error: string }): Line {
  return { level: 'warning', message: `The file of message ${messageId}: ${missing.error}` }
}

/** Since when a file waits is the line's own time. */
export function waitLine(
  { messageId }: { readonly messageId: number },
  { reason }: { readonly reason: string },
): Line {
  return { level: 'warning', message: `The file of message ${messageId} waits: ${reason}` }
}

function storedBy({ messagesStored, filesStored, filesFailed, bytesStored }: RunRow): string {
  const failed = filesFailed === 0 ? '' : `, ${filesFailed} failed`
  return `${messagesStored} new messages, ${filesStored} files (${bytesStored} bytes)${failed}`
}
