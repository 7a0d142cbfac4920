import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findSource, lockOwnSource } from '../sources/queries.ts'
import {
  findLast,
  findUnfinished,
  insertVerification,
  pruneVerifications,
  selectFindings,
  type FindingRow,
  type VerificationRow,
} from './queries.ts'

export interface Verification {
  readonly row: VerificationRow
  readonly findings: readonly FindingRow[]
}

/**
 * Requests a verification of the source's files, which a scraper starts within seconds. Returns the unfinished one if
 * there is one. `byHash` also compares SHA-256. Throws `source_not_found` and `verification_just_started`.
 */
export async function verifyFiles(
  db: Db,
  actor: Actor,
  { sourceId, byHash }: { readonly sourceId: number; readonly byHash: boolean },
): Promise<Verification> {
  return db.transaction(async (tx) => {
    const source = await lockOwnSource(tx, actor.owner, sourceId)
    if (!source) throw new DomainError('source_not_found', 'Source not found')
    const underWay = await findUnfinished(tx, sourceId)
    if (underWay) return { row: underWay, findings: await selectFindings(tx, underWay.id) }
    const row = await insertVerification(tx, { sourceId, byHash })
    if (!row)
      throw new DomainError(
        'verification_just_started',
        'A verification has just started; try again',
      )
    await pruneVerifications(tx, sourceId)
    await recordAudit(tx, actor, {
      action: 'source.verification_requested',
      objectId: sourceId,
      details: { name: source.name, by_hash: byHash },
    })
    return { row, findings: [] }
  })
}

export async function lastVerification(
  db: Db,
  actor: Actor,
  sourceId: number,
): Promise<Verification> {
  if (!(await findSource(db, actor.owner, sourceId)))
    throw new DomainError('source_not_found', 'Source not found')
  const row = await findLast(db, sourceId)
  if (!row)
    throw new DomainError('verification_not_found', 'The files of this source were never verified')
  return { row, findings: await selectFindings(db, row.id) }
}
