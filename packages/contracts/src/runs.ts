import { z } from 'zod'
import { contract } from './contract.ts'
import { RUN_STATES, RUN_TRIGGERS } from './lists.ts'
import { problems } from './problem.ts'
import { Run, RUN_ID, RunLogLine, RunProgress } from './run.ts'
import { cursor, IntegerId, page, SourceParams } from './values.ts'

const tags = ['runs'] as const
const RunParams = z.object({ run_id: z.uuid().meta({ example: RUN_ID }) })
const runNotFound = problems('run_not_found')
const newestFirst = {
  cursor: cursor(z.uuid()),
  limit: z.coerce.number().int().min(1).max(100).default(50),
}

const EVENTS = `Server-sent events until the run has ended:

- \`run\`: the run, at the beginning and after each change;
- \`log\`: a new line of its log;
- \`progress\`: \`RunProgress\`, while a worker executes the run.

A comment every 15 s keeps the connection alive. A reconnect with \`Last-Event-ID\` gets the missed log lines. A client
that has received the end of the run gets 204 on a reconnect, which stops an \`EventSource\`.`

export const runsApi = {
  trigger: contract({
    method: 'POST',
    url: '/sources/:source_id/trigger',
    scope: 'runs:write',
    schema: {
      operationId: 'triggerSource',
      summary: 'Run a source now',
      description:
        'Returns the unfinished run of the source, if there is one. If that run is being cancelled, a new run follows it.',
      tags,
      params: SourceParams,
      response: {
        202: Run,
        ...problems('source_not_found', 'source_without_session', 'run_cancelling'),
      },
    },
  }),
  listBySource: contract({
    method: 'GET',
    url: '/sources/:source_id/runs',
    scope: 'runs:read',
    schema: {
      operationId: 'listSourceRuns',
      summary: "List a source's runs, newest first",
      tags,
      params: SourceParams,
      querystring: z.object(newestFirst),
      response: { 200: page(Run, RUN_ID), ...problems('source_not_found') },
    },
  }),
  list: contract({
    method: 'GET',
    url: '/runs',
    scope: 'runs:read',
    schema: {
      operationId: 'listRuns',
      summary: 'List all runs, newest first',
      tags,
      querystring: z.object({
        state: z.enum(RUN_STATES).optional(),
        source_id: IntegerId.optional(),
        trigger: z.enum(RUN_TRIGGERS).optional(),
        ...newestFirst,
      }),
      response: { 200: page(Run, RUN_ID), ...problems('source_not_found') },
    },
  }),
  get: contract({
    method: 'GET',
    url: '/runs/:run_id',
    scope: 'runs:read',
    schema: {
      operationId: 'getRun',
      summary: 'Get a run',
      tags,
      params: RunParams,
      response: { 200: Run, ...runNotFound },
    },
  }),
  logs: contract({
    method: 'GET',
    url: '/runs/:run_id/logs',
    scope: 'runs:read',
    schema: {
      operationId: 'listRunLogs',
      summary: 'List the log of a run, oldest line first',
      description: 'The newest 1000 lines of each run are kept.',
      tags,
      params: RunParams,
      querystring: z.object({
        cursor: cursor(
          z
            .string()
            .regex(/^\d{1,15}$/, 'expected next_cursor of the page before')
            .transform(Number),
        ),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      response: { 200: page(RunLogLine, '4711'), ...runNotFound },
    },
  }),
  events: contract({
    method: 'GET',
    url: '/runs/:run_id/events',
    scope: 'runs:read',
    schema: {
      operationId: 'watchRun',
      summary: 'Stream the changes, log lines and progress of a run',
      description: EVENTS,
      tags,
      produces: ['text/event-stream'],
      params: RunParams,
      response: {
        200: z.custom<unknown>().meta({
          type: 'string',
          description: '`text/event-stream`',
          example: `event: progress\ndata: ${JSON.stringify(RunProgress.meta()?.['example'])}\n\n`,
        }),
        204: z.null().describe('The run has ended, and the client has received its end'),
        ...runNotFound,
      },
    },
  }),
  cancel: contract({
    method: 'POST',
    url: '/runs/:run_id/cancel',
    scope: 'runs:write',
    schema: {
      operationId: 'cancelRun',
      summary: 'Cancel a run',
      description:
        'The run ends within a second, even during a file; its state is CANCELLING until then. Stored messages and files stay.',
      tags,
      params: RunParams,
      response: { 202: Run, ...problems('run_not_found', 'run_finished') },
    },
  }),
  retry: contract({
    method: 'POST',
    url: '/runs/:run_id/retry',
    scope: 'runs:write',
    schema: {
      operationId: 'retryRun',
      summary: 'Start a new run of the source of a run that has ended',
      description: "The new run continues from the source's cursor and tries failed files again.",
      tags,
      params: RunParams,
      response: {
        202: Run,
        ...problems('run_not_found', 'run_under_way', 'source_deleted'),
      },
    },
  }),
}
