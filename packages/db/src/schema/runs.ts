import {
  EXECUTED_RUN_STATES,
  LOG_LEVELS,
  RUN_STATES,
  RUN_TRIGGERS,
  UNFINISHED_RUN_STATES,
  type WaitingFile,
} from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { sessions } from './sessions.ts'
import { sources } from './sources.ts'

export const runState = pgEnum('run_state', RUN_STATES)
export const runTrigger = pgEnum('run_trigger', RUN_TRIGGERS)
export const logLevel = pgEnum('log_level', LOG_LEVELS)

const list = (states: readonly string[]) => sql.raw(states.map((state) => `'${state}'`).join(', '))

/** How long a worker may be silent, unless it says otherwise. */
const DEAD_AFTER_MS = 25_000

/** One execution of a source. A worker that sent no heartbeat for `deadAfterMs` is dead. */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    sourceId: integer('source_id')
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    trigger: runTrigger('trigger').notNull(),
    /** Of a scheduled run, the instant of the schedule that it was made for. */
    scheduledFor: timestamp('scheduled_for', { withTimezone: true }),
    state: runState('state').notNull().default('PENDING'),
    attempt: integer('attempt').notNull().default(0),
    /**
     * Runs of a lane wait for the same session: their source's own, or any that reads public channels for one owner. Set
     * by triggers, from the source (`run_lane`), whose later changes it follows.
     */
    lane: text('lane').notNull().default(''),
    workerId: uuid('worker_id'),
    /** Through which its last worker reads the channel; none where the source has no session. */
    sessionId: integer('session_id').references(() => sessions.id, { onDelete: 'set null' }),
    heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }),
    /** As the worker that claimed it is configured; each may be configured differently. */
    deadAfterMs: integer('dead_after_ms').notNull().default(DEAD_AFTER_MS),
    /** Not to be claimed earlier: the end of a flood wait, or the next try. */
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    messagesStored: integer('messages_stored').notNull().default(0),
    filesStored: integer('files_stored').notNull().default(0),
    filesFailed: integer('files_failed').notNull().default(0),
    bytesStored: bigint('bytes_stored', { mode: 'number' }).notNull().default(0),
    /** Files of the source that wait, and the first of them; written with `files.waits_for`, 0 once the run has ended. */
    filesWaiting: integer('files_waiting').notNull().default(0),
    waitingFiles: jsonb('waiting_files').$type<readonly WaitingFile[]>().notNull().default([]),
    /** Recent posts are looked at again from the newest down: the last one so far, 0 once all are. */
    rescannedTo: integer('rescanned_to'),
    error: text('error'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp('started_at', { withTimezone: true }),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('runs_one_unfinished_per_source')
      .on(table.sourceId)
      .where(sql`${table.state} in (${list(UNFINISHED_RUN_STATES)})`),
    uniqueIndex('runs_one_executed_per_session')
      .on(table.sessionId)
      .where(sql`${table.state} in (${list(EXECUTED_RUN_STATES)})`),
    unique('runs_source_id_scheduled_for_unique').on(table.sourceId, table.scheduledFor),
    index('runs_source_id_id').on(table.sourceId, table.id),
    index('runs_session_id').on(table.sessionId),
    index('runs_pending')
      .on(table.lane, table.createdAt)
      .where(sql`${table.state} = 'PENDING'`),
    index('runs_resuming')
      .on(table.lane, table.resumeAt)
      .where(sql`${table.state} in ('WAITING', 'RETRYING')`),
    index('runs_source_id_state_id').on(table.sourceId, table.state, table.id),
    index('runs_state_id').on(table.state, table.id),
    // Nearly all runs are scheduled.
    index('runs_trigger_id')
      .on(table.trigger, table.id)
      .where(sql`${table.trigger} <> 'scheduled'`),
  ],
)

/** What a run did, for people; the newest lines of each run are kept. */
export const runLogs = pgTable(
  'run_logs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    level: logLevel('level').notNull(),
    message: text('message').notNull(),
    at: timestamp('at', { withTimezone: true })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [index('run_logs_run_id_id').on(table.runId, table.id)],
)

/** The processes that execute runs, as long as they live: each claims its share of what is due. */
export const scrapers = pgTable('scrapers', {
  id: uuid('id').primaryKey(),
  heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }).notNull().defaultNow(),
  deadAfterMs: integer('dead_after_ms').notNull().default(DEAD_AFTER_MS),
})
