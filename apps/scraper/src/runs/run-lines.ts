import type { LogLevel, RunState } from '@telegather/contracts'
import type { Outcome } from './attempts.ts'
import type { RunRow } from './queries/run-state.ts'

/** A line of a run's log. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
}

/** The line of a claim: how the run came to this worker. */
export function claimLine({ attempt }: RunRow, stateBefore: RunState): Line {
  if (stateBefore === 'RUNNING')
    return { level: 'warning', message: 'Taken over from a process that fell silent' }
  if (stateBefore === 'RETRYING') return { level: 'info', message: `Try ${attempt}` }
  return { level: 'info', message: stateBefore === 'WAITING' ? 'Goes on' : 'Started' }
}

/** The last line of a run whose worker died. */
export function endLine({ error }: RunRow): Line {
  return error === null
    ? { level: 'info', message: 'Cancelled; its process had died' }
    : { level: 'error', message: error }
}

/** The line of an attempt's end. */
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
        message: `${outcome.error}; tries again in ${Math.round(outcome.resumeAfterMs / 1000)} s`,
      }
    case 'WAITING':
      return { level: 'info', message: outcome.error }
    case 'PENDING':
      return { level: 'info', message: 'Handed on: the process that executed it stops' }
  }
}

export function fileLine(messageId: number, missing: { readonly error: string }): Line {
  return { level: 'warning', message: `The file of message ${messageId}: ${missing.error}` }
}

/** The line's time is when the file began to wait. */
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
