import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findRun, type RunRow } from './queries.ts'

/** The run of one of the actor's sources. Throws `run_not_found`. */
export async function getRun(db: Db, { owner }: Actor, runId: string): Promise<RunRow> {
  const run = await findRun(db, owner, runId)
  if (!run) throw new DomainError('run_not_found', 'Run not found')
  return run
}
