import { UNFINISHED_VERIFICATION_STATES } from '@telegather/contracts'
import { fileFindings, fileVerifications, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, asc, desc, eq, inArray, notInArray } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'

export type VerificationRow = typeof fileVerifications.$inferSelect
export type FindingRow = typeof fileFindings.$inferSelect

/** Verifications kept per source. */
const KEPT_VERIFICATIONS = 10

const unfinished = inArray(fileVerifications.state, [...UNFINISHED_VERIFICATION_STATES])

/** Null when the source already has an unfinished verification (unique index). */
export async function insertVerification(
  tx: Tx,
  values: { readonly sourceId: number; readonly byHash: boolean },
): Promise<VerificationRow | null> {
  const [row] = await tx
    .insert(fileVerifications)
    .values({ id: uuidv7(), ...values })
    .onConflictDoNothing()
    .returning()
  return row ?? null
}

export async function findUnfinished(tx: Tx, sourceId: number): Promise<VerificationRow | null> {
  const [row] = await tx
    .select()
    .from(fileVerifications)
    .where(and(eq(fileVerifications.sourceId, sourceId), unfinished))
  return row ?? null
}

export async function findLast(db: Db, sourceId: number): Promise<VerificationRow | null> {
  const [row] = await db
    .select()
    .from(fileVerifications)
    .where(eq(fileVerifications.sourceId, sourceId))
    .orderBy(desc(fileVerifications.createdAt))
    .limit(1)
  return row ?? null
}

export async function selectFindings(db: DbOrTx, verificationId: string): Promise<FindingRow[]> {
  return db
    .select()
    .from(fileFindings)
    .where(eq(fileFindings.verificationId, verificationId))
    .orderBy(asc(fileFindings.fileId))
}

/** Deletes all but the source's 10 newest verifications. */
export async function pruneVerifications(tx: Tx, sourceId: number): Promise<void> {
  const kept = tx
    .select({ id: fileVerifications.id })
    .from(fileVerifications)
    .where(eq(fileVerifications.sourceId, sourceId))
    .orderBy(desc(fileVerifications.createdAt))
    .limit(KEPT_VERIFICATIONS)
  await tx
    .delete(fileVerifications)
    .where(and(eq(fileVerifications.sourceId, sourceId), notInArray(fileVerifications.id, kept)))
}
