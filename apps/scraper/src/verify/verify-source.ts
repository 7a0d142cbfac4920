import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { TargetFull, TargetUnavailable, type Targets } from '@telegather/storage'
import { eachInParallel } from './parallel.ts'
import { lockOwnSource } from '../runs/queries/source-columns.ts'
import { checkFile } from './check-file.ts'
import {
  insertFindings,
  markPending,
  recordChecked,
  selectStored,
  settleVerification,
  type Finding,
  type Outcome,
  type StoredFile,
  type VerificationRow,
} from './queries.ts'

export interface VerifyDeps {
  readonly db: Db
  readonly targets: Targets
  readonly log: Logger
}

/** Files whose sizes are asked for between two commits. */
const BATCH = 200
/** With hashes, so that little is read again after a restart. */
const BATCH_BY_HASH = 10
const PARALLEL_SIZES = 16
const PARALLEL_HASHES = 1
/** Between two batches of the background check: at most some 200 files a second. */
const BACKGROUND_PAUSE_MS = 1_000
/** Until a target that was away is tried again. */
const AWAY_MS = 60_000

/** The source was deleted, or another worker has the verification. */
class NotOurs extends Error {
  override readonly name = 'NotOurs'
}

class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
}

/**
 * Compares the source's stored files with their targets, in batches that are committed with the cursor. Missing files
 * become pending, so that the next run fetches them. Files that differ are recorded and left alone.
 */
export async function verifySource(
  deps: VerifyDeps,
  verification: VerificationRow,
  signal: AbortSignal,
): Promise<void> {
  const settlement = await verify(deps, verification, signal).then(
    (): Outcome => ({ state: 'COMPLETED' }),
    (error: unknown) => settlementOf(deps.log, verification, { error, signal }),
  )
  if (settlement !== null) await settleVerification(deps.db, verification, settlement)
}

async function verify(
  { db, targets }: VerifyDeps,
  verification: VerificationRow,
  signal: AbortSignal,
): Promise<void> {
  const { sourceId, byHash, isBackground } = verification
  let messageId = verification.afterMessageId
  let version = verification.afterVersion
  const limit = byHash ? BATCH_BY_HASH : BATCH
  for (;;) {
    signal.throwIfAborted()
    const batch = await selectStored(db, sourceId, { messageId, version, limit })
    const last = batch.at(-1)
    if (!last) return
    const findings = await checkAll(targets, batch, { byHash, signal })
    await commit(db, verification, batch, findings)
    ;({ messageId, version } = last)
    if (isBackground) await sleep(BACKGROUND_PAUSE_MS, signal)
  }
}

async function checkAll(
  targets: Targets,
  batch: readonly StoredFile[],
  { byHash, signal }: { readonly byHash: boolean; readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const lanes = byHash ? PARALLEL_HASHES : PARALLEL_SIZES
  await eachInParallel(batch, { lanes, signal }, async (file, stop) => {
    const target = file.target === null ? null : targets[file.target]
    if (target === null) throw new NotConfigured(`Target ${file.target} is not configured`)
    const finding = await checkFile(target, file, { byHash, signal: stop })
    if (finding !== null) findings.push(finding)
  })
  return findings
}

async function commit(
  db: Db,
  verification: VerificationRow,
  batch: readonly StoredFile[],
  found: readonly Finding[],
): Promise<void> {
  const last = batch.at(-1)
  if (!last) return
  await db.transaction(async (tx) => {
    if (!(await lockOwnSource(tx, verification.sourceId)))
      throw new NotOurs('The source was deleted')
    const missing = found.filter(({ problem }) => problem === 'missing').map(({ file }) => file)
    const pending = await markPending(tx, verification.sourceId, missing)
    const findings = found.filter(
      ({ file, problem }) => problem !== 'missing' || pending.has(file.id),
    )
    const bytes = batch.reduce((sum, { size }) => sum + size, 0)
    const progress = { last, files: batch.length, bytes, findings }
    if (!(await recordChecked(tx, verification, progress)))
      throw new NotOurs('Another worker has the verification')
    await insertFindings(tx, verification.id, findings)
  })
}

/** What the verification is now. A worker that no longer has the claim changes nothing by it. */
function settlementOf(
  log: Logger,
  { id, sourceId }: VerificationRow,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal },
): Outcome {
  if (signal.aborted) return { state: 'PENDING' }
  if (error instanceof NotOurs || error instanceof NotConfigured)
    return { state: 'FAILED', error: error.message }
  const isAway = error instanceof TargetUnavailable || error instanceof TargetFull
  if (!isAway) log.error({ err: error, verificationId: id, sourceId }, 'verification.failed')
  const sentence = isAway ? error.message : 'An unexpected error; the log has the details'
  return { state: 'WAITING', error: sentence, resumeAfterMs: AWAY_MS }
}
