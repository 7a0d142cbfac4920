import { z } from 'zod'
import { contract } from './contract.ts'
import { RUN_STATES, RUN_TRIGGERS } from './lists.ts'
import { Problem } from './problem.ts'
import { Instant, IntegerId, page } from './values.ts'

const SourceParams = z.object({ source_id: IntegerId })

export const Run = z
  .object({
    id: z.uuid(),
    source_id: z.int(),
    state: z.enum(RUN_STATES),
    trigger: z.enum(RUN_TRIGGERS),
    attempt: z.int().describe('Tries since the run last got further; 1 for the first'),
    messages_stored: z.int().describe('Messages that this run added'),
    files_stored: z.int(),
    files_failed: z.int(),
    bytes_stored: z.int(),
    error: z.string().nullable().describe('Why the run failed or waits, as a sentence'),
    resume_at: Instant.nullable().describe('When a waiting run goes on'),
    created_at: Instant,
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof Run>

export const runsApi = {
  trigger: contract({
    method: 'POST',
    url: '/sources/:source_id/trigger',
    scope: 'runs:write',
    schema: {
      operationId: 'triggerSource',
      summary: 'Run a source now',
      description: 'Answers with the run under way where there is one.',
      tags: ['runs'],
      params: SourceParams,
      response: {
        202: Run,
        404: Problem.describe('Source not found'),
        409: Problem.describe('A private channel whose session was deleted'),
      },
    },
  }),
  listBySource: contract({
    method: 'GET',
    url: '/sources/:source_id/runs',
    scope: 'runs:read',
    schema: {
      operationId: 'listSourceRuns',
      summary: "A source's runs, newest first",
      tags: ['runs'],
      params: SourceParams,
      querystring: z.object({
        cursor: z.uuid().optional().describe('next_cursor of the page before'),
        limit: z.coerce.number().int().min(1).max(100).default(50),
      }),
      response: { 200: page(Run), 404: Problem.describe('Source not found') },
    },
  }),
  get: contract({
    method: 'GET',
    url: '/runs/:run_id',
    scope: 'runs:read',
    schema: {
      operationId: 'getRun',
      summary: 'One run',
      tags: ['runs'],
      params: z.object({ run_id: z.uuid() }),
      response: { 200: Run, 404: Problem.describe('Run not found') },
    },
  }),
}
