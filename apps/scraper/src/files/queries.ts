import { MAX_WAITING_FILES, type FileWait } from '@telegather/contracts'
import {
  files,
  hiddenId,
  messages,
  runs,
  sources,
  type Content,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import type { FileLocation } from '@telegather/telegram'
import {
  and,
  asc,
  count,
  eq,
  getTableColumns,
  inArray,
  isNotNull,
  isNull,
  lte,
  or,
  sql,
} from 'drizzle-orm'

export type FileRow = typeof files.$inferSelect
export type FileToStore = FileRow & { readonly messageDate: Date }

/**
 * Condition for files that are looked up by id. The cast excludes the index of pending files: Postgres would choose it
 * while the statistics count no pending file.
 */
const isNotStored = sql`${files.state}::text in ('pending', 'failed')`
const NO_WAIT = { waitsFor: null, waitingSince: null, resumeAt: null }

/**
 * Returns the files that can be stored now, in the order of their messages: pending and failed files that do not wait.
 * `except`: ids of files that this attempt has selected already.
 */
export async function selectFilesToStore(
  db: DbOrTx,
  filter: { sourceId: number; except?: readonly number[]; limit: number },
): Promise<FileToStore[]> {
  const { sourceId, except = [], limit } = filter
  return db
    .select({ ...getTableColumns(files), messageDate: messages.date })
    .from(files)
    .innerJoin(
      messages,
      and(eq(messages.sourceId, files.sourceId), eq(messages.messageId, files.messageId)),
    )
    .where(
      and(
        eq(files.sourceId, hiddenId(sourceId)),
        // Literals, not parameters: generic plans then use the index of pending files.
        sql`${files.state} in ('pending', 'failed')`,
        or(isNull(files.resumeAt), lte(files.resumeAt, sql`now()`)),
        except.length === 0 ? undefined : sql`${files.id} <> all (${sql.param([...except])})`,
      ),
    )
    .orderBy(asc(files.messageId))
    .limit(limit)
}

/** A file that has been written to its target. */
export interface WrittenFile extends Content {
  readonly id: number
  readonly path: string
}

/** Restarts Postgres' idle timeout of the transaction. */
export async function keepAlive(tx: Tx): Promise<void> {
  await tx.execute(sql`select`)
}

/**
 * The path of a stored file with the same content on the same target, by the id of the written file. Of several, the one
 * stored last is chosen. When a verification found one of them different, only files stored since then count: hard links
 * share the damage.
 */
export async function findSameContents(
  tx: Tx,
  written: readonly WrittenFile[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await tx.execute<{ id: string; path: string }>(sql`
    select content.id, same.path
    from ${recordsetOf(written)}
    cross join lateral (
      select path from ${files}
      where sha256 = content.sha256 and target = content.target and size = content.size
        and state = 'stored' and path <> content.path
        and stored_at > coalesce((
          select max(found_different_at) from ${files} as damaged
          where damaged.sha256 = content.sha256 and damaged.target = content.target
            and damaged.size = content.size and damaged.state = 'stored'
        ), '-infinity')
      order by stored_at desc limit 1) as same`)
  return new Map(rows.map(({ id, path }) => [Number(id), path]))
}

/** Marks written files as stored and adds them to the source's counter. Returns the ids of files not stored before. */
export async function markFilesStored(
  tx: Tx,
  sourceId: number,
  written: readonly WrittenFile[],
): Promise<ReadonlySet<number>> {
  const rows = await tx.execute<{ id: string }>(sql`
    update ${files} set state = 'stored', error = null, stored_at = now(), found_different_at = null, target = content.target,
      path = content.path, size = content.size, sha256 = content.sha256, ${noWait}
    from ${recordsetOf(written)}
    where files.id = content.id and ${isNotStored}
    returning files.id`)
  if (rows.length > 0)
    await tx
      .update(sources)
      .set({ totalFiles: sql`${sources.totalFiles} + ${rows.length}` })
      .where(eq(sources.id, sourceId))
  return new Set(rows.map(({ id }) => Number(id)))
}

const noWait = sql.raw('waits_for = null, waiting_since = null, resume_at = null')

const recordsetOf = (written: readonly WrittenFile[]) => {
  const rows = written.map(({ id, target, path, size, sha256 }) => ({
    id,
    target,
    path,
    size,
    sha256,
  }))
  return sql`json_to_recordset(${JSON.stringify(rows)}::json)
    as content (id bigint, target target, path text, size bigint, sha256 text)`
}

/** Records the paths that files are about to be written to. */
export async function markFilesPlaced(
  tx: Tx,
  target: Content['target'],
  placed: readonly { readonly id: number; readonly path: string }[],
): Promise<void> {
  const paths = JSON.stringify(placed.map(({ id, path }) => ({ id, path })))
  await tx.execute(sql`
    update ${files} set target = ${target}, path = placed.path
    from json_to_recordset(${paths}::json) as placed (id bigint, path text)
    where ${files.id} = placed.id and ${isNotStored}
      and (${files.target}, ${files.path}) is distinct from (${target}::target, placed.path)`)
}

export async function countFailedFiles(tx: Tx, sourceId: number): Promise<number> {
  const [row] = await tx
    .select({ files: count() })
    .from(files)
    .where(and(eq(files.sourceId, hiddenId(sourceId)), eq(files.state, 'failed')))
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
    .set({ ...outcome, attempts: sql`${files.attempts} + 1`, ...NO_WAIT })
    .where(and(eq(files.id, file.id), isNotStored))
}

/** Counts an attempt that did not store the file. */
export async function countFileAttempt(tx: Tx, fileId: number): Promise<void> {
  await tx
    .update(files)
    .set({ attempts: sql`${files.attempts} + 1` })
    .where(and(eq(files.id, fileId), isNotStored))
}

/** Marks files as skipped, each with its reason. */
export async function markFilesSkipped(
  tx: Tx,
  skipped: readonly { readonly id: number; readonly reason: string }[],
): Promise<void> {
  const reasons = new Map<string, number[]>()
  for (const { id, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), id])
  for (const [error, ids] of reasons)
    await tx
      .update(files)
      .set({ state: 'skipped', error, ...NO_WAIT })
      .where(and(inArray(files.id, ids), isNotStored))
}

export interface Wait {
  readonly waitsFor: FileWait
  /** A sentence for users. */
  readonly reason: string
  readonly waitMs: number
}

/**
 * Records that a file waits. A file that already waits for its target keeps `waiting_since`. Returns whether the wait is
 * new.
 */
export async function markFileWaiting(tx: Tx, fileId: number, wait: Wait): Promise<boolean> {
  const isContinued = sql`${files.waitsFor} = 'target' and ${wait.waitsFor}::file_wait = 'target'`
  const rows = await tx
    .update(files)
    .set({
      error: wait.reason,
      waitsFor: wait.waitsFor,
      waitingSince: sql`case when ${isContinued} then ${files.waitingSince} else now() end`,
      resumeAt: sql`now() + ${wait.waitMs} * interval '1 millisecond'`,
    })
    .where(and(eq(files.id, fileId), isNotStored))
    .returning({ isNew: sql<boolean>`${files.waitingSince} = now()` })
  return rows[0]?.isNew === true
}

/** Ends these files' waits for Telegram. */
export async function endFloodWaits(tx: Tx, fileIds: readonly number[]): Promise<void> {
  await tx
    .update(files)
    .set({ ...NO_WAIT, error: null })
    .where(and(inArray(files.id, [...fileIds]), sql`${files.waitsFor}::text = 'telegram'`))
}

/** The wait of the source's waiting file that is tried again first; null when no file waits. */
export async function findEarliestWait(
  db: DbOrTx,
  sourceId: number,
): Promise<Pick<Wait, 'reason' | 'waitMs'> | null> {
  const [row] = await db
    .select({
      reason: files.error,
      waitMs: sql<number>`(extract(epoch from ${files.resumeAt} - now()) * 1000)::float8`,
    })
    .from(files)
    .where(and(eq(files.sourceId, hiddenId(sourceId)), isNotNull(files.waitsFor), isNotStored))
    .orderBy(asc(files.resumeAt))
    .limit(1)
  return row ? { reason: row.reason ?? '', waitMs: Math.max(0, row.waitMs) } : null
}

/** Copies the source's waiting files to its run: their number, and details of the first ones. */
export async function recordWaitingFiles(
  tx: Tx,
  { id, sourceId }: { readonly id: string; readonly sourceId: number },
): Promise<void> {
  const instant = (column: string) =>
    sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
  await tx.execute(sql`
    update ${runs} set files_waiting = waiting.count, waiting_files = waiting.first
    from (
      select count(*)::int as count, coalesce(jsonb_agg(jsonb_build_object(
        'message_id', message_id, 'name', name, 'size', size, 'waits_for', waits_for,
        'reason', error, 'since', ${instant('waiting_since')}, 'until', ${instant('resume_at')})
        order by place) filter (where place <= ${MAX_WAITING_FILES}), '[]') as first
      from (
        select *, row_number() over (order by message_id, version) as place from ${files}
        where source_id = ${hiddenId(sourceId)} and waits_for is not null
          and ${isNotStored}) as files) as waiting
    where ${runs.id} = ${id} and (files_waiting > 0 or waiting.count > 0)`)
}

/** Saves locations that the session has just received from Telegram. */
export async function saveLocations(
  tx: Tx,
  sessionId: number,
  located: readonly { readonly id: number; readonly location: FileLocation }[],
): Promise<void> {
  if (located.length === 0) return
  await tx.execute(sql`
    update ${files} set location = fresh.location, location_session_id = ${sessionId}, located_at = now()
    from jsonb_to_recordset(${JSON.stringify(located)}::jsonb) as fresh (id bigint, location jsonb)
    where files.id = fresh.id`)
}

/** Selects those of the files that are still to be stored on the target. */
export async function selectUnstored(
  db: DbOrTx,
  filter: { sourceId: number; target: Content['target']; ids: readonly number[] },
): Promise<Pick<FileRow, 'id' | 'location' | 'size'>[]> {
  if (filter.ids.length === 0) return []
  return (
    db
      .select({ id: files.id, location: files.location, size: files.size })
      .from(files)
      // `+ 0` excludes the index of the source's files: without statistics, Postgres would read all of them.
      .innerJoin(sources, sql`${sources.id} = ${files.sourceId} + 0`)
      .where(
        and(
          eq(sources.id, filter.sourceId),
          eq(sources.target, filter.target),
          inArray(files.id, [...filter.ids]),
          isNotStored,
        ),
      )
  )
}

/** Makes up to `limit` skipped files of a source pending again. Returns their number. */
export async function resetSkipped(tx: Tx, sourceId: number, limit: number): Promise<number> {
  const skipped = tx
    .select({ id: files.id })
    .from(files)
    .where(and(eq(files.sourceId, hiddenId(sourceId)), sql`${files.state} = 'skipped'`))
    .limit(limit)
  const rows = await tx
    .update(files)
    .set({ state: 'pending', error: null })
    .where(sql`${files.id} = any(array(${skipped}))`)
    .returning({ id: files.id })
  return rows.length
}
