import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findSource } from '../sources/queries.ts'
import { selectRuns, type RunFilter, type RunRow } from './queries.ts'

/** A page of runs, newest first. `nextCursor` is null for the last page. */
export async function listRuns(
  db: Db,
  { owner }: Actor,
  filter: RunFilter,
): Promise<{ rows: RunRow[]; nextCursor: string | null }> {
  const { source_id: sourceId, limit } = filter
  if (sourceId !== undefined && !(await findSource(db, owner, sourceId)))
    throw new DomainError('source_not_found', 'Source not found')
  const found = await selectRuns(db, owner, { ...filter, limit: limit + 1 })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > rows.length && last ? last.id : null }
}
