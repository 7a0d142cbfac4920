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

/** Default heartbeat timeout of a worker. */
const DEAD_AFTER_MS = 25_000

/** Executions of sources. A worker without a heartbeat for `deadAfterMs` counts as dead. */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    sourceId: integer('source_id')
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    trigger: runTrigger('trigger').notNull(),
    /** The time in the schedule that a scheduled run is for; null for other runs. */
    scheduledFor: timestamp('scheduled_for', { withTimezone: true }),
    state: runState('state').notNull().default('PENDING'),
    attempt: integer('attempt').notNull().default(0),
    /**
     * Queue of runs that need the same session: the session of their source, or any session of their owner that reads
     * public channels. Database triggers compute it from the source (`run_lane`) and update it when the source changes.
     */
    lane: text('lane').notNull().default(''),
    workerId: uuid('worker_id'),
    /** Session with which the last worker reads the channel; null when the source has none. */
    sessionId: integer('session_id').references(() => sessions.id, { onDelete: 'set null' }),
    heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }),
    /** Heartbeat timeout of the worker that claimed the run; workers may be configured differently. */
    deadAfterMs: integer('dead_after_ms').notNull().default(DEAD_AFTER_MS),
    /** A waiting or retrying run cannot be claimed before this time. */
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    messagesStored: integer('messages_stored').notNull().default(0),
    filesStored: integer('files_stored').notNull().default(0),
    filesFailed: integer('files_failed').notNull().default(0),
    bytesStored: bigint('bytes_stored', { mode: 'number' }).notNull().default(0),
    /** Number of the source's waiting files. Written with `files.waits_for`; 0 once the run has ended. */
    filesWaiting: integer('files_waiting').notNull().default(0),
    /** The first of the waiting files. */
    waitingFiles: jsonb('waiting_files').$type<readonly WaitingFile[]>().notNull().default([]),
    /** Rescan cursor: the lowest message id checked so far. Null: not begun; 0: done. */
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
    // Partial: nearly all runs are scheduled, so a filter for them needs no index.
    index('runs_trigger_id')
      .on(table.trigger, table.id)
      .where(sql`${table.trigger} <> 'scheduled'`),
  ],
)

/** Log lines of runs, for users. `logRun` keeps the newest lines of each run. */
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

/** Live scraper processes. Each claims its share of the due runs. */
export const scrapers = pgTable('scrapers', {
  id: uuid('id').primaryKey(),
  heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }).notNull().defaultNow(),
  deadAfterMs: integer('dead_after_ms').notNull().default(DEAD_AFTER_MS),
})
