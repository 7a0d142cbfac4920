import type { Owner } from '@telegather/contracts'
import { files, sources, type Db } from '@telegather/db'
import { and, eq, getTableColumns } from 'drizzle-orm'
import { isReadable } from '../archives/queries.ts'

export type FileRow = typeof files.$inferSelect

export async function findFile(db: Db, owner: Owner, fileId: number): Promise<FileRow | null> {
  const [row] = await db
    .select(getTableColumns(files))
    .from(files)
    .innerJoin(sources, eq(sources.id, files.sourceId))
    .where(and(eq(files.id, fileId), isReadable(owner)))
  return row ?? null
}
