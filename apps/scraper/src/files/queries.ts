import { files, messages, sources, type Content, type Db, type Tx } from '@telegather/db'
import { and, asc, count, desc, eq, getTableColumns, gt, inArray, ne, sql } from 'drizzle-orm'

export type FileRow = typeof files.$inferSelect
export type FileToStore = FileRow & { readonly messageDate: Date }

const NOT_STORED = ['pending', 'failed'] as const

/** Files not stored yet, in the order of their messages; one that failed in an earlier run is tried again. */
export async function selectFilesToStore(
  db: Db,
  filter: { sourceId: number; afterMessageId: number; limit: number },
): Promise<FileToStore[]> {
  return db
    .select({ ...getTableColumns(files), messageDate: messages.date })
    .from(files)
    .innerJoin(
      messages,
      and(eq(messages.sourceId, files.sourceId), eq(messages.messageId, files.messageId)),
    )
    .where(
      and(
        eq(files.sourceId, filter.sourceId),
        gt(files.messageId, filter.afterMessageId),
        inArray(files.state, [...NOT_STORED]),
      ),
    )
    .orderBy(asc(files.messageId))
    .limit(filter.limit)
}

/** Where the target has the content under another path, the newest: older ones may be gone. Null where it does not. */
export async function findSameContent(
  tx: Tx,
  content: Content & { readonly notAt: string },
): Promise<string | null> {
  const [row] = await tx
    .select({ path: files.path })
    .from(files)
    .where(
      and(
        eq(files.sha256, content.sha256),
        eq(files.target, content.target),
        eq(files.size, content.size),
        eq(files.state, 'stored'),
        ne(files.path, content.notAt),
      ),
    )
    .orderBy(desc(files.storedAt))
    .limit(1)
  return row?.path ?? null
}

/** Records a stored file and counts it for its source. False when it was stored already. */
export async function markFileStored(
  tx: Tx,
  file: FileRow,
  stored: Content & { path: string },
): Promise<boolean> {
  const rows = await tx
    .update(files)
    .set({ ...stored, state: 'stored', error: null, storedAt: sql`now()` })
    .where(and(eq(files.id, file.id), inArray(files.state, [...NOT_STORED])))
    .returning({ id: files.id })
  if (rows.length === 0) return false
  await tx
    .update(sources)
    .set({ totalFiles: sql`${sources.totalFiles} + 1` })
    .where(eq(sources.id, file.sourceId))
  return true
}

/** Notes where files are about to lie, as far as it is not known already. */
export async function markFilesPlaced(
  tx: Tx,
  target: Content['target'],
  placed: readonly { readonly id: number; readonly path: string }[],
): Promise<void> {
  const paths = JSON.stringify(placed.map(({ id, path }) => ({ id, path })))
  await tx.execute(sql`
    update ${files} set target = ${target}, path = placed.path
    from json_to_recordset(${paths}::json) as placed (id bigint, path text)
    where ${files.id} = placed.id and ${inArray(files.state, [...NOT_STORED])}
      and (${files.target}, ${files.path}) is distinct from (${target}::target, placed.path)`)
}

export async function countFailedFiles(tx: Tx, sourceId: number): Promise<number> {
  const [row] = await tx
    .select({ files: count() })
    .from(files)
    .where(and(eq(files.sourceId, sourceId), eq(files.state, 'failed')))
  return row?.files ?? 0
}

export async function isFileStored(db: Db, fileId: number): Promise<boolean> {
  const [row] = await db.select({ state: files.state }).from(files).where(eq(files.id, fileId))
  return row?.state === 'stored'
}

export async function markFileMissing(
  tx: Tx,
  file: FileRow,
  outcome: { state: 'failed' | 'gone'; error: string },
): Promise<void> {
  await tx
    .update(files)
    .set({ ...outcome, attempts: sql`${files.attempts} + 1` })
    .where(eq(files.id, file.id))
}

/** Leaves files out, with the reason of each. */
export async function markFilesSkipped(
  tx: Tx,
  skipped: readonly { readonly id: number; readonly reason: string }[],
): Promise<void> {
  const reasons = new Map<string, number[]>()
  for (const { id, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), id])
  for (const [error, ids] of reasons)
    await tx
      .update(files)
      .set({ state: 'skipped', error })
      .where(and(inArray(files.id, ids), inArray(files.state, [...NOT_STORED])))
}

/** Up to `limit` skipped files of a source are pending again; answers how many. */
export async function takeUpSkipped(tx: Tx, sourceId: number, limit: number): Promise<number> {
  const skipped = tx
    .select({ id: files.id })
    .from(files)
    .where(and(eq(files.sourceId, sourceId), eq(files.state, 'skipped')))
    .limit(limit)
  const rows = await tx
    .update(files)
    .set({ state: 'pending', error: null })
    .where(inArray(files.id, skipped))
    .returning({ id: files.id })
  return rows.length
}
