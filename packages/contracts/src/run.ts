import { z } from 'zod'
import { FILE_WAITS, LOG_LEVELS, RUN_STATES, RUN_TRIGGERS } from './lists.ts'
import { Instant } from './values.ts'

export const RUN_ID = '01a1fc02-8620-7eac-9514-32ee9091e7f2'

/** Maximum length of `waiting_files`. */
export const MAX_WAITING_FILES = 10

export const WaitingFile = z
  .object({
    message_id: z.int(),
    name: z.string().nullable(),
    size: z.int(),
    waits_for: z.enum(FILE_WAITS),
    reason: z.string().describe('A sentence'),
    since: Instant,
    until: Instant.describe('Time of the next try'),
  })
  .meta({
    id: 'WaitingFile',
    example: {
      message_id: 812,
      name: 'lecture.mp4',
      size: 73_400_320,
      waits_for: 'telegram',
      reason: 'Telegram asks to wait 300 seconds',
      since: '2025-10-30T10:01:12.000Z',
      until: '2025-10-30T10:06:12.000Z',
    },
  })
export type WaitingFile = z.infer<typeof WaitingFile>

export const Run = z
  .object({
    id: z.uuid(),
    source_id: z.int(),
    state: z.enum(RUN_STATES),
    trigger: z.enum(RUN_TRIGGERS),
    attempt: z.int().describe('Number of tries since the last progress; 1 for the first try'),
    messages_stored: z.int().describe('Messages that this run added'),
    files_stored: z.int(),
    files_failed: z.int().describe('Files whose download failed; the next run tries them again'),
    bytes_stored: z.int(),
    files_waiting: z
      .int()
      .describe(
        'Files that wait for Telegram or for their target, while the run continues with messages and other files. 0 in a run that has finished',
      ),
    waiting_files: z
      .array(WaitingFile)
      .describe(`The first ${MAX_WAITING_FILES} waiting files, by message id`),
    error: z.string().nullable().describe('Why the run failed or waits: a sentence'),
    resume_at: Instant.nullable().describe('When a waiting run continues'),
    created_at: Instant,
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
  })
  .meta({
    id: 'Run',
    example: {
      id: RUN_ID,
      source_id: 1,
      state: 'WAITING',
      trigger: 'scheduled',
      attempt: 1,
      messages_stored: 1200,
      files_stored: 87,
      files_failed: 0,
      bytes_stored: 52_428_800,
      files_waiting: 1,
      waiting_files: [
        {
          message_id: 812,
          name: 'lecture.mp4',
          size: 73_400_320,
          waits_for: 'telegram',
          reason: 'Telegram asks to wait 300 seconds',
          since: '2025-10-30T10:01:12.000Z',
          until: '2025-10-30T10:06:12.000Z',
        },
      ],
      error: 'Telegram asks to wait 300 seconds',
      resume_at: '2025-10-30T10:06:12.000Z',
      created_at: '2025-10-30T10:00:00.000Z',
      started_at: '2025-10-30T10:00:00.412Z',
      finished_at: null,
    },
  })
export type Run = z.infer<typeof Run>

export const RunLogLine = z
  .object({
    id: z.int().describe('Increases from line to line'),
    level: z.enum(LOG_LEVELS),
    message: z.string(),
    at: Instant,
  })
  .meta({
    id: 'RunLogLine',
    example: {
      id: 4711,
      level: 'warning',
      message: 'The file of message 812 is gone: the message has been deleted',
      at: '2025-10-30T10:01:07.219Z',
    },
  })
export type RunLogLine = z.infer<typeof RunLogLine>

/** Progress of a run that is being executed. Its worker sends it about twice a second. */
export const RunProgress = z
  .object({
    messages_per_second: z.number().describe('Average of the last ten seconds'),
    bytes_per_second: z.number().describe('Average of the last ten seconds'),
    files: z
      .array(
        z.object({
          message_id: z.int(),
          name: z.string().nullable(),
          size: z.int(),
          bytes_done: z.int(),
        }),
      )
      .describe('Files that are being downloaded'),
    messages_left: z
      .int()
      .nullable()
      .describe(
        'Estimate; null until it is known. Always null for a source with `since`, because Telegram reports only the number of all messages of a channel',
      ),
    estimated_end: Instant.nullable().describe(
      'Based on the average rate of this try; null without `messages_left`',
    ),
  })
  .meta({
    id: 'RunProgress',
    example: {
      messages_per_second: 140.5,
      bytes_per_second: 8_388_608,
      files: [{ message_id: 812, name: 'lecture.mp4', size: 73_400_320, bytes_done: 31_457_280 }],
      messages_left: 3050,
      estimated_end: '2025-10-30T10:04:31.000Z',
    },
  })
export type RunProgress = z.infer<typeof RunProgress>
