import type { FileProblem } from '@telegather/contracts'
import {
  fileFindings,
  files,
  fileVerifications,
  hiddenId,
  inIndexOrder,
  sources,
  type Db,
  type Tx,
} from '@telegather/db'
import { and, asc, count, eq, inArray, isNotNull, sql } from 'drizzle-orm'

export type VerificationRow = typeof fileVerifications.$inferSelect
export type StoredFile = Pick<
  typeof files.$inferSelect,
  'id' | 'messageId' | 'version' | 'size' | 'sha256' | 'target' | 'path'
>

export interface Finding {
  readonly file: StoredFile
  readonly problem: FileProblem
  readonly foundSize: number | null
  readonly foundSha256: string | null
}

/** Findings stored of each verification. */
const MAX_FINDINGS = 1000

/** Claims the oldest verification that is due, or whose worker sent no heartbeat for `deadAfterMs`. */
export async function claimVerification(
  db: Db,
  { workerId, deadAfterMs }: { readonly workerId: string; readonly deadAfterMs: number },
): Promise<VerificationRow | null> {
  const due = sql`(
    select id from ${fileVerifications}
    where state in ('PENDING', 'WAITING', 'RUNNING') and case state
      when 'RUNNING' then heartbeat_at < now() - ${deadAfterMs} * interval '1 millisecond'
      when 'WAITING' then resume_at <= now() else true end
    order by created_at limit 1 for update skip locked)`
  const [row] = await db
    .update(fileVerifications)
    .set({
      state: 'RUNNING',
      workerId,
      heartbeatAt: sql`now()`,
      startedAt: sql`coalesce(${fileVerifications.startedAt}, now())`,
      resumeAt: null,
      error: null,
    })
    .where(sql`${fileVerifications.id} = ${due}`)
    .returning()
  return row ?? null
}

/** Sends the verification's heartbeat. False when another worker has the verification. */
export async function keepClaim(db: Db, { id, workerId }: VerificationRow): Promise<boolean> {
  const rows = await db
    .update(fileVerifications)
    .set({ heartbeatAt: sql`now()` })
    .where(isClaimed(id, workerId))
    .returning({ id: fileVerifications.id })
  return rows.length > 0
}

/** The source's stored files after the cursor, in the order of their messages. */
export async function selectStored(
  db: Db,
  sourceId: number,
  after: { readonly messageId: number; readonly version: number; readonly limit: number },
): Promise<StoredFile[]> {
  const { id, messageId, version, size, sha256, target, path } = files
  return inIndexOrder(db, (tx) =>
    tx
      .select({ id, messageId, version, size, sha256, target, path })
      .from(files)
      .where(
        and(
          eq(files.sourceId, hiddenId(sourceId)),
          sql`(${files.messageId}, ${files.version}) > (${after.messageId}, ${after.version})`,
          eq(files.state, 'stored'),
        ),
      )
      .orderBy(asc(files.messageId), asc(files.version))
      .limit(after.limit),
  )
}

/** Makes missing files pending again, unless they were stored again since. Returns the ids of these files. */
export async function markPending(
  tx: Tx,
  sourceId: number,
  missing: readonly StoredFile[],
): Promise<ReadonlySet<number>> {
  if (missing.length === 0) return new Set()
  const checked = JSON.stringify(missing.map(({ id, target, path }) => ({ id, target, path })))
  const rows = await tx.execute<{ id: string }>(sql`
    update ${files} set state = 'pending', error = null, attempts = 0, sha256 = null, stored_at = null,
      found_different_at = null
    from json_to_recordset(${checked}::json) as checked (id bigint, target target, path text)
    where ${files.id} = checked.id and ${files.state}::text = 'stored'
      and ${files.target} = checked.target and ${files.path} = checked.path
    returning ${files.id}`)
  await tx
    .update(sources)
    .set({ totalFiles: sql`${sources.totalFiles} - ${rows.length}` })
    .where(eq(sources.id, sourceId))
  return new Set(rows.map(({ id }) => Number(id)))
}

/** Records which files of the batch were found different. Only a check of hashes clears what an earlier one recorded. */
export async function recordDifferent(
  tx: Tx,
  batch: readonly StoredFile[],
  { different, byHash }: { readonly different: ReadonlySet<number>; readonly byHash: boolean },
): Promise<void> {
  const isFound = inArray(files.id, [...different])
  if (different.size > 0)
    await tx
      .update(files)
      .set({ foundDifferentAt: sql`now()` })
      .where(and(isFound, eq(files.state, 'stored')))
  const intact = batch.filter(({ id }) => !different.has(id)).map(({ id }) => id)
  if (byHash && intact.length > 0)
    await tx
      .update(files)
      .set({ foundDifferentAt: null })
      .where(and(inArray(files.id, intact), isNotNull(files.foundDifferentAt)))
}

export interface Progress {
  readonly last: StoredFile
  readonly files: number
  readonly bytes: number
  readonly findings: readonly Finding[]
}

/** Moves the verification's cursor and adds to its counters. False when another worker has the verification. */
export async function recordChecked(
  tx: Tx,
  { id, workerId }: VerificationRow,
  { last, files: checked, bytes, findings }: Progress,
): Promise<boolean> {
  const missing = findings.filter(({ problem }) => problem === 'missing').length
  const { filesChecked, bytesChecked, filesMissing, filesDifferent } = fileVerifications
  const rows = await tx
    .update(fileVerifications)
    .set({
      heartbeatAt: sql`now()`,
      afterMessageId: last.messageId,
      afterVersion: last.version,
      filesChecked: sql`${filesChecked} + ${checked}`,
      bytesChecked: sql`${bytesChecked} + ${bytes}`,
      filesMissing: sql`${filesMissing} + ${missing}`,
      filesDifferent: sql`${filesDifferent} + ${findings.length - missing}`,
    })
    .where(isClaimed(id, workerId))
    .returning({ id: fileVerifications.id })
  return rows.length > 0
}

/** Stores findings, at most 1000 for each verification. */
export async function insertFindings(
  tx: Tx,
  verificationId: string,
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0) return
  const [kept] = await tx
    .select({ rows: count() })
    .from(fileFindings)
    .where(eq(fileFindings.verificationId, verificationId))
  const room = Math.max(0, MAX_FINDINGS - (kept?.rows ?? 0))
  const values = findings.slice(0, room).map(({ file, problem, foundSize, foundSha256 }) => ({
    verificationId,
    fileId: file.id,
    messageId: file.messageId,
    problem,
    expectedSize: file.size,
    foundSize,
    foundSha256,
  }))
  if (values.length > 0) await tx.insert(fileFindings).values(values).onConflictDoNothing()
}

export type Outcome =
  | { readonly state: 'COMPLETED' }
  | { readonly state: 'PENDING' }
  | { readonly state: 'FAILED'; readonly error: string }
  | { readonly state: 'WAITING'; readonly error: string; readonly resumeAfterMs: number }

/** Saves the outcome and releases this worker's claim. Changes nothing when another worker has the verification. */
export async function saveVerificationOutcome(
  db: Db,
  { id, workerId }: VerificationRow,
  outcome: Outcome,
): Promise<void> {
  const { state } = outcome
  const isFinished = state === 'COMPLETED' || state === 'FAILED'
  await db
    .update(fileVerifications)
    .set({
      state,
      workerId: null,
      error: 'error' in outcome ? outcome.error : null,
      resumeAt:
        state === 'WAITING'
          ? sql`now() + ${outcome.resumeAfterMs} * interval '1 millisecond'`
          : null,
      finishedAt: isFinished ? sql`now()` : null,
    })
    .where(isClaimed(id, workerId))
}

/**
 * Adds a background verification of the source that was verified longest ago, if that was at least `everyDays` ago. Adds
 * none while another background verification is unfinished.
 */
export async function addBackgroundVerification(
  db: Db,
  { id, everyDays }: { readonly id: string; readonly everyDays: number },
): Promise<void> {
  await db.execute(sql`
    insert into ${fileVerifications} (id, source_id, by_hash, is_background)
    select ${id}, due.id, false, true from (
      select sources.id, max(done.created_at) as last_at
      from ${sources} left join ${fileVerifications} done on done.source_id = sources.id
      where sources.deleted_at is null and sources.total_files > 0
        and not exists (select from ${fileVerifications} where is_background
          and state in ('PENDING', 'WAITING', 'RUNNING'))
      group by sources.id
      having coalesce(max(done.created_at), '-infinity') < now() - make_interval(days => ${everyDays})
      order by last_at nulls first limit 1) due
    on conflict do nothing`)
}

function isClaimed(id: string, workerId: string | null) {
  return and(
    eq(fileVerifications.id, id),
    inArray(fileVerifications.state, ['RUNNING']),
    eq(fileVerifications.workerId, workerId ?? ''),
  )
}
