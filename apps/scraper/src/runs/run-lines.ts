import type { LogLevel, RunState } from '@telegather/contracts'
import type { Outcome } from './attempts.ts'
import type { RunRow } from './queries/run-state.ts'

/** A line of a run's log. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
}

/** The log line of a claim, by the state in which the run was claimed. */
export function claimLine({ attempt }: RunRow, stateBefore: RunState): Line {
  if (stateBefore === 'RUNNING')
    return { level: 'warning', message: 'Taken over from a process without heartbeats' }
  if (stateBefore === 'RETRYING') return { level: 'info', message: `Attempt ${attempt}` }
  return { level: 'info', message: stateBefore === 'WAITING' ? 'Resumed' : 'Started' }
}

/** The last log line of a run whose worker died. */
export function endLine({ error }: RunRow): Line {
  return error === null
    ? { level: 'info', message: 'Cancelled; its process had died' }
    : { level: 'error', message: error }
}

/** The log line of an attempt's end. */
export function outcomeLine(run: RunRow, outcome: Outcome): Line {
  switch (outcome.state) {
    case 'COMPLETED':
      return { level: 'info', message: `Completed: ${storedBy(run)}` }
    case 'CANCELLED':
      return { level: 'info', message: `Cancelled: ${storedBy(run)}` }
    case 'FAILED':
      return { level: 'error', message: outcome.error }
    case 'RETRYING':
      return {
        level: 'warning',
        message: `${outcome.error}; retries in ${Math.round(outcome.resumeAfterMs / 1000)} s`,
      }
    case 'WAITING':
      return { level: 'info', message: outcome.error }
    case 'PENDING':
      return {
        level: 'info',
        message: 'Interrupted: the process that executed the run is shutting down',
      }
  }
}

export function fileLine(messageId: number, missing: { readonly error: string }): Line {
  return { level: 'warning', message: `The file of message ${messageId}: ${missing.error}` }
}

/** The log line of a file that begins to wait. */
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
