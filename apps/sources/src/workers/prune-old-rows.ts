import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import {
  pruneStep,
  RETENTIONS,
  type Cursor,
  type PrunedTable,
  type RetentionDays,
} from '../retention/prune.ts'

const PASS_EVERY_MS = 3_600_000
/** A pause of 4 times the work follows each step: pruning takes a fifth of the time. */
const PAUSE_FACTOR = 4

interface PruneDeps {
  readonly db: Db
  readonly log: Logger
}

/** Deletes rows past their retention, once an hour, until `signal` aborts. Each replica runs it. */
export async function pruneOldRows(
  deps: PruneDeps,
  days: RetentionDays,
  signal: AbortSignal,
): Promise<void> {
  const tables = Object.keys(RETENTIONS) as PrunedTable[]
  while (!signal.aborted) {
    for (const table of tables)
      await pruneTable(deps, table, { days, signal }).catch((error: unknown) =>
        deps.log.error({ err: error, table }, 'retention.failed'),
      )
    await sleep(PASS_EVERY_MS, signal)
  }
}

async function pruneTable(
  { db, log }: PruneDeps,
  table: PrunedTable,
  { days, signal }: { readonly days: RetentionDays; readonly signal: AbortSignal },
): Promise<void> {
  let after: Cursor | undefined
  let deleted = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    const { expired, next } = await pruneStep(db, table, {
      days,
      ...(after !== undefined && { after }),
    })
    deleted += expired
    if (next === null) break
    after = next
    await sleep(PAUSE_FACTOR * (performance.now() - startedAt), signal)
  }
  if (deleted > 0) log.info({ table, deleted }, 'retention.pruned')
}
