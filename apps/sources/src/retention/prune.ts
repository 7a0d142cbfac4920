import {
  auditEvents,
  fileVerifications,
  runs,
  withoutPlans,
  type Db,
  type Tx,
} from '@telegather/db'
import { UUID } from 'uuidv7'
import {
  deleteLogLines,
  deleteRows,
  selectAuditPage,
  selectRunPage,
  selectVerificationPage,
  type Page,
  type PagedRow,
} from './queries.ts'

/** Days for which ended runs with their logs and file verifications, and audit events are kept; 0: for ever. */
export interface RetentionDays {
  readonly runs: number
  readonly audit: number
}

/** Rows of a table that one statement reads, and at most deletes. */
const PAGE = 200
/** A run has up to 1000 log lines. */
const MAX_LOG_LINES = 2000
/** Where Postgres has no statistics it takes such plans, and reads the whole table for a page. */
const BAD_PLANS = ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin'] as const
const DAY_MS = 24 * 60 * 60_000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

interface Retention {
  readonly days: (days: RetentionDays) => number
  readonly selectPage: (tx: Tx, page: Page, keepDays: number) => Promise<readonly PagedRow[]>
  /** Deletes these rows, or some of what belongs to them; false when there is more to delete. */
  readonly deleteExpired: (tx: Tx, ids: readonly string[]) => Promise<boolean>
}

/** The tables that grow with time and not with the archive. The outbox and logins are pruned by their own services. */
export const RETENTIONS = {
  runs: {
    days: ({ runs: days }) => days,
    selectPage: selectRunPage,
    async deleteExpired(tx, ids) {
      if ((await deleteLogLines(tx, ids, MAX_LOG_LINES)) === MAX_LOG_LINES) return false
      await deleteRows(tx, runs, ids)
      return true
    },
  },
  file_verifications: {
    days: ({ runs: days }) => days,
    selectPage: selectVerificationPage,
    async deleteExpired(tx, ids) {
      await deleteRows(tx, fileVerifications, ids)
      return true
    },
  },
  audit_events: {
    days: ({ audit }) => audit,
    selectPage: selectAuditPage,
    async deleteExpired(tx, ids) {
      await deleteRows(tx, auditEvents, ids)
      return true
    },
  },
} satisfies Record<string, Retention>

export type PrunedTable = keyof typeof RETENTIONS

/** Where a pass over a table is: every row up to this id was looked at. */
export type Cursor = string

interface Step {
  readonly expired: number
  /** Null when the pass has reached the end. */
  readonly next: Cursor | null
}

/**
 * Deletes expired rows of one page of a table, in one transaction that reads a page by the primary key and deletes at most
 * `PAGE` rows and `MAX_LOG_LINES` log lines. Several processes may do this at once, and a process that dies leaves no
 * harm: the next pass deletes what is left.
 */
export async function pruneStep(
  db: Db,
  table: PrunedTable,
  { days, after = FIRST_ID }: { readonly days: RetentionDays; readonly after?: Cursor },
): Promise<Step> {
  const { [table]: retention }: Readonly<Record<PrunedTable, Retention>> = RETENTIONS
  const keepDays = retention.days(days)
  if (keepDays === 0) return { expired: 0, next: null }
  const page = { after, before: firstIdAt(Date.now() - keepDays * DAY_MS), limit: PAGE }
  return withoutPlans(db, BAD_PLANS, async (tx) => {
    const rows = await retention.selectPage(tx, page, keepDays)
    const expired = rows.filter(({ isExpired }) => isExpired).map(({ id }) => id)
    if (expired.length > 0 && !(await retention.deleteExpired(tx, expired)))
      return { expired: 0, next: after }
    const next = rows.length < PAGE ? null : (rows.at(-1)?.id ?? null)
    return { expired: expired.length, next }
  })
}

/** No UUIDv7 that was made at this time or later is smaller. */
function firstIdAt(time: number): string {
  return UUID.fromFieldsV7(Math.max(0, time), 0, 0, 0).toString()
}
