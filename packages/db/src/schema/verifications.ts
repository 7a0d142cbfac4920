import {
  FILE_PROBLEMS,
  UNFINISHED_VERIFICATION_STATES,
  VERIFICATION_STATES,
} from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { sources } from './sources.ts'

export const verificationState = pgEnum('verification_state', VERIFICATION_STATES)
export const fileProblem = pgEnum('file_problem', FILE_PROBLEMS)

const unfinished = sql.raw(UNFINISHED_VERIFICATION_STATES.map((state) => `'${state}'`).join(', '))

/** Comparisons of a source's stored files with their targets. A verification resumes after its last committed batch. */
export const fileVerifications = pgTable(
  'file_verifications',
  {
    id: uuid('id').primaryKey(),
    sourceId: integer('source_id')
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    /** Whether to read every file and compare its hash; otherwise only sizes are compared. */
    byHash: boolean('by_hash').notNull(),
    /** Whether the periodic background check started it; then it pauses between batches. */
    isBackground: boolean('is_background').notNull().default(false),
    state: verificationState('state').notNull().default('PENDING'),
    workerId: uuid('worker_id'),
    heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }),
    /** A waiting verification cannot be claimed before this time, because its target was unavailable. */
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    /** Cursor (with `afterVersion`): all files up to this one are checked. */
    afterMessageId: integer('after_message_id').notNull().default(0),
    afterVersion: integer('after_version').notNull().default(0),
    filesChecked: integer('files_checked').notNull().default(0),
    bytesChecked: bigint('bytes_checked', { mode: 'number' }).notNull().default(0),
    filesMissing: integer('files_missing').notNull().default(0),
    filesDifferent: integer('files_different').notNull().default(0),
    /** What a waiting verification waits for, or why it failed: a sentence for users. */
    error: text('error'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp('started_at', { withTimezone: true }),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('file_verifications_one_unfinished_per_source')
      .on(table.sourceId)
      .where(sql`${table.state} in (${unfinished})`),
    index('file_verifications_source_id_created_at').on(table.sourceId, table.createdAt),
  ],
)

/** The first files that a verification found missing or different. */
export const fileFindings = pgTable(
  'file_findings',
  {
    verificationId: uuid('verification_id')
      .notNull()
      .references(() => fileVerifications.id, { onDelete: 'cascade' }),
    fileId: bigint('file_id', { mode: 'number' }).notNull(),
    messageId: integer('message_id').notNull(),
    problem: fileProblem('problem').notNull(),
    /** Bytes. */
    expectedSize: bigint('expected_size', { mode: 'number' }).notNull(),
    /** Bytes; null when the file is missing. */
    foundSize: bigint('found_size', { mode: 'number' }),
    /** Lower-case hexadecimal; null when the file was not read. */
    foundSha256: text('found_sha256'),
  },
  (table) => [
    primaryKey({ name: 'file_findings_pkey', columns: [table.verificationId, table.fileId] }),
  ],
)
