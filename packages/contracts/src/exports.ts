import { z } from 'zod'
import { contract } from './contract.ts'
import { EXPORT_FORMATS } from './lists.ts'
import { Problem } from './problem.ts'
import { IntegerId } from './values.ts'

export const exportsApi = {
  export: contract({
    method: 'GET',
    url: '/sources/:source_id/export',
    scope: 'messages:read',
    schema: {
      operationId: 'exportSource',
      summary: 'The whole archive of a source, oldest message first, as one file',
      description: `Streamed, whatever its size.

- \`jsonl\`: a message a line, as \`GET /messages\` has them.
- \`csv\`: RFC 4180 in UTF-8, for spreadsheets too: what one would take for a formula is preceded by an apostrophe.
- \`telegram-desktop\`: the \`result.json\` that Telegram Desktop writes. Files are named by their paths on the target.`,
      tags: ['messages'],
      produces: ['application/jsonl', 'text/csv', 'application/json'],
      params: z.object({ source_id: IntegerId }),
      querystring: z.object({ format: z.enum(EXPORT_FORMATS).default('jsonl') }),
      response: {
        200: z.custom<unknown>().meta({
          type: 'string',
          description: 'The file',
          example: '{"id":90211,"source_id":1,"message_id":4711,"kind":"text",…}\n',
        }),
        404: Problem.describe('Source not found'),
      },
    },
  }),
}
