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
  recordDifferent,
  selectStored,
  saveVerificationOutcome,
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

/** Files of one batch when only sizes are compared. */
const BATCH = 200
/** Files of one batch when hashes are compared; few, so that a restart repeats little. */
const BATCH_BY_HASH = 10
const PARALLEL_SIZES = 16
const PARALLEL_HASHES = 1
/** Pause after each batch of the background check, which limits it to about 200 files a second. */
const BACKGROUND_PAUSE_MS = 1_000
/** Delay before an unavailable target is tried again. */
const UNAVAILABLE_WAIT_MS = 60_000

/** This worker no longer has the verification: another one claimed it, or the source was deleted. */
class VerificationLost extends Error {
  override readonly name = 'VerificationLost'
}

class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
}

/**
 * Compares the source's stored files with their targets. Each batch is committed with the cursor. Missing files become
 * pending, so that the next run downloads them. Files that differ are recorded and not changed. Saves the outcome and
 * throws only when that fails.
 */
export async function verifySource(
  deps: VerifyDeps,
  verification: VerificationRow,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await verify(deps, verification, signal).then(
    (): Outcome => ({ state: 'COMPLETED' }),
    (error: unknown) => outcomeOf(deps.log, verification, { error, signal }),
  )
  await saveVerificationOutcome(deps.db, verification, outcome)
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
      throw new VerificationLost('The source was deleted')
    const missing = found.filter(({ problem }) => problem === 'missing').map(({ file }) => file)
    const pending = await markPending(tx, verification.sourceId, missing)
    const findings = found.filter(
      ({ file, problem }) => problem !== 'missing' || pending.has(file.id),
    )
    const bytes = batch.reduce((sum, { size }) => sum + size, 0)
    const progress = { last, files: batch.length, bytes, findings }
    if (!(await recordChecked(tx, verification, progress)))
      throw new VerificationLost('Another worker has the verification')
    const different = new Set(
      found.filter(({ problem }) => problem !== 'missing').map(({ file }) => file.id),
    )
    await recordDifferent(tx, batch, { different, byHash: verification.byHash })
    await insertFindings(tx, verification.id, findings)
  })
}

/** The outcome of a verification that failed with `error`. Saving it changes nothing when the claim is lost. */
function outcomeOf(
  log: Logger,
  { id, sourceId }: VerificationRow,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal },
): Outcome {
  if (signal.aborted) return { state: 'PENDING' }
  if (error instanceof VerificationLost || error instanceof NotConfigured)
    return { state: 'FAILED', error: error.message }
  const isUnavailable = error instanceof TargetUnavailable || error instanceof TargetFull
  if (!isUnavailable) log.error({ err: error, verificationId: id, sourceId }, 'verification.failed')
  const sentence = isUnavailable ? error.message : 'An unexpected error; the log has the details'
  return { state: 'WAITING', error: sentence, resumeAfterMs: UNAVAILABLE_WAIT_MS }
}
