import type { Run, RunLogLine } from '@telegather/contracts'
import type { RunLogRow, RunRow } from './queries.ts'

/** A finished run shows no waiting files, because the next run stores them. */
export function presentRun(row: RunRow): Run {
  const isFinished = row.finishedAt !== null
  return {
    id: row.id,
    source_id: row.sourceId,
    state: row.state,
    trigger: row.trigger,
    attempt: row.attempt,
    messages_stored: row.messagesStored,
    files_stored: row.filesStored,
    files_failed: row.filesFailed,
    bytes_stored: row.bytesStored,
    files_waiting: isFinished ? 0 : row.filesWaiting,
    waiting_files: isFinished ? [] : [...row.waitingFiles],
    error: row.error,
    resume_at: row.resumeAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
  }
}

export function presentLogLine({ id, level, message, at }: RunLogRow): RunLogLine {
  return { id, level, message, at: at.toISOString() }
}
