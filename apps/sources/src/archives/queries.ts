import type { Target } from '@telegather/contracts'
import { files, sources, type Tx } from '@telegather/db'
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'

/** Any source whose archive is to go and that was deleted long enough ago; locked, null when there is none. */
export async function lockPurged(tx: Tx, settledAfterMs: number): Promise<number | null> {
  const [row] = await tx
    .select({ id: sources.id })
    .from(sources)
    .where(
      and(
        eq(sources.purge, true),
        sql`${sources.deletedAt} < now() - ${settledAfterMs} * interval '1 millisecond'`,
      ),
    )
    // Not always the same one: its target may be away.
    .orderBy(sql`random()`)
    .limit(1)
    .for('update', { skipLocked: true })
  return row?.id ?? null
}

export interface StoredFile {
  readonly id: number
  readonly target: Target
  readonly path: string
}

export async function selectStoredFiles(
  tx: Tx,
  sourceId: number,
  limit: number,
): Promise<StoredFile[]> {
  const rows = await tx
    .select({ id: files.id, target: files.target, path: files.path })
    .from(files)
    .where(and(eq(files.sourceId, sourceId), isNotNull(files.path), isNotNull(files.target)))
    .limit(limit)
  return rows.flatMap(({ id, target, path }) =>
    target === null || path === null ? [] : [{ id, target, path }],
  )
}

export async function deleteFileRows(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.delete(files).where(inArray(files.id, [...ids]))
}

/** Takes the source's runs and messages with it. */
export async function deleteSourceRow(tx: Tx, sourceId: number): Promise<void> {
  await tx.delete(sources).where(eq(sources.id, sourceId))
}
