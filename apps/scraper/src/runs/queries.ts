import type { RunState } from '@telegather/contracts'
import { runs, sources, type Db, type DbOrTx, type Tx } from '@telegather/db'
import type { ChannelRef } from '@telegather/telegram'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'

export type RunRow = typeof runs.$inferSelect
export type SourceRow = typeof sources.$inferSelect

/**
 * Takes the oldest run that is due: a new one, one whose wait is over, or one whose worker has been
 * silent for `deadAfterMs`. Null when there is none. Two workers never get the same run.
 */
export async function claimRun(
  db: Db,
  worker: { readonly id: string; readonly deadAfterMs: number },
): Promise<RunRow | null> {
  const due = db
    .select({ id: runs.id })
    .from(runs)
    .where(
      sql`${runs.state} = 'PENDING'
        or (${runs.state} in ('WAITING', 'RETRYING') and ${runs.resumeAt} <= now())
        or (${runs.state} = 'RUNNING'
          and ${runs.heartbeatAt} < now() - ${worker.deadAfterMs} * interval '1 millisecond')`,
    )
    .orderBy(asc(runs.createdAt))
    .limit(1)
    .for('update', { skipLocked: true })
  const [row] = await db
    .update(runs)
    .set({
      state: 'RUNNING',
      workerId: worker.id,
      heartbeatAt: sql`now()`,
      startedAt: sql`coalesce(${runs.startedAt}, now())`,
      resumeAt: null,
      error: null,
      attempt: sql`${runs.attempt} + case when ${runs.attempt} = 0 or ${runs.state} in ('RETRYING', 'RUNNING') then 1 else 0 end`,
    })
    .where(sql`${runs.id} = (${due})`)
    .returning()
  return row ?? null
}

/** Milliseconds until the next waiting run is due; null when none waits. */
export async function millisecondsToNextRun(db: Db): Promise<number | null> {
  const [row] = await db
    .select({
      ms: sql<number | null>`(extract(epoch from min(${runs.resumeAt}) - now()) * 1000)::float8`,
    })
    .from(runs)
    .where(sql`${runs.state} in ('WAITING', 'RETRYING')`)
  return row?.ms ?? null
}

/** True when the source exists and is not deleted; it stays as it is until the transaction ends. */
export async function lockSource(tx: Tx, sourceId: number): Promise<boolean> {
  const rows = await tx
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
    .for('no key update')
  return rows.length > 0
}

/** What a step of a run adds to its counters. */
export interface Added {
  readonly messages?: number
  readonly files?: number
  readonly failedFiles?: number
  readonly bytes?: number
}

/** False when the run is no longer this worker's: it was taken over, cancelled, or deleted with its source. */
export async function touchRun(db: DbOrTx, run: RunRow, added: Added = {}): Promise<boolean> {
  const rows = await db
    .update(runs)
    .set({
      heartbeatAt: sql`now()`,
      ...(added.messages || added.files ? { attempt: 1 } : {}),
      messagesStored: sql`${runs.messagesStored} + ${added.messages ?? 0}`,
      filesStored: sql`${runs.filesStored} + ${added.files ?? 0}`,
      filesFailed: sql`${runs.filesFailed} + ${added.failedFiles ?? 0}`,
      bytesStored: sql`${runs.bytesStored} + ${added.bytes ?? 0}`,
    })
    .where(ownRun(run))
    .returning({ id: runs.id })
  return rows.length > 0
}

/** How often the run was tried since it last got further; null when it is no longer this worker's. Locks it. */
export async function lockAttempt(tx: Tx, run: RunRow): Promise<number | null> {
  const [row] = await tx
    .select({ attempt: runs.attempt })
    .from(runs)
    .where(ownRun(run))
    .for('no key update')
  return row?.attempt ?? null
}

/** Moves the run on from RUNNING. False when it is no longer this worker's. */
export async function leaveRun(
  tx: Tx,
  run: RunRow,
  next: { state: RunState; error?: string; resumeAfterMs?: number; finished: boolean },
): Promise<boolean> {
  const rows = await tx
    .update(runs)
    .set({
      state: next.state,
      error: next.error ?? null,
      workerId: null,
      resumeAt:
        next.resumeAfterMs === undefined
          ? null
          : sql`now() + ${next.resumeAfterMs} * interval '1 millisecond'`,
      finishedAt: next.finished ? sql`now()` : null,
    })
    .where(ownRun(run))
    .returning({ id: runs.id })
  return rows.length > 0
}

function ownRun(run: RunRow) {
  return and(eq(runs.id, run.id), eq(runs.state, 'RUNNING'), eq(runs.workerId, run.workerId ?? ''))
}

export async function findSource(db: DbOrTx, sourceId: number): Promise<SourceRow | null> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
  return row ?? null
}

/** Keeps what looking the channel up has told. */
export async function saveChannel(
  db: Db,
  sourceId: number,
  found: { channel: ChannelRef; sessionId: number; folder: string },
): Promise<void> {
  await db
    .update(sources)
    .set({
      channelId: BigInt(found.channel.id),
      channelAccessHash: BigInt(found.channel.accessHash),
      channelSessionId: found.sessionId,
      folder: found.folder,
    })
    .where(eq(sources.id, sourceId))
}
