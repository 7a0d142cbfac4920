import { RUN_STATES, RUN_TRIGGERS, UNFINISHED_RUN_STATES } from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  index,
  integer,
  pgEnum,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { sources } from './sources.ts'

export const runState = pgEnum('run_state', RUN_STATES)
export const runTrigger = pgEnum('run_trigger', RUN_TRIGGERS)

const unfinished = sql.raw(UNFINISHED_RUN_STATES.map((state) => `'${state}'`).join(', '))

/** One execution of a source. `workerId` and `heartbeatAt` tell a run that is worked on from one whose worker died. */
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
    workerId: uuid('worker_id'),
    heartbeatAt: timestamp('heartbeat_at', { withTimezone: true }),
    /** Not to be claimed earlier: the end of a flood wait, or the next try. */
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    messagesStored: integer('messages_stored').notNull().default(0),
    filesStored: integer('files_stored').notNull().default(0),
    filesFailed: integer('files_failed').notNull().default(0),
    bytesStored: bigint('bytes_stored', { mode: 'number' }).notNull().default(0),
    error: text('error'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp('started_at', { withTimezone: true }),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('runs_one_unfinished_per_source')
      .on(table.sourceId)
      .where(sql`${table.state} in (${unfinished})`),
    unique('runs_source_id_scheduled_for_unique').on(table.sourceId, table.scheduledFor),
    index('runs_source_id_id').on(table.sourceId, table.id),
  ],
)
