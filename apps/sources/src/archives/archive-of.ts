import type { Actor } from '@telegather/contracts'
import { type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findArchive, type ArchiveRow } from './queries.ts'

/**
 * The source of an archive that the actor may read. Includes deleted sources, unless their archive was deleted too.
 * Throws `source_not_found`.
 */
export async function archiveOf(db: Db, actor: Actor, sourceId: number): Promise<ArchiveRow> {
  const archive = await findArchive(db, actor.owner, sourceId)
  if (!archive) throw new DomainError('source_not_found', 'Source not found')
  return archive
}
