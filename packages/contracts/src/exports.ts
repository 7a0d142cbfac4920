import { z } from 'zod'
import { contract } from './contract.ts'
import { EXPORT_FORMATS } from './lists.ts'
import { Message } from './message.ts'
import { problems } from './problem.ts'
import { SourceParams } from './values.ts'

/** The same message in each format, by media type. */
const EXAMPLES = {
  'application/jsonl': `${JSON.stringify(Message.meta()?.['example'])}\n`,
  'text/csv': `\uFEFFmessage_id,date,edit_date,deleted_at,kind,author_id,author_name,post_author,text,views,forwards,reactions,reply_to_id,forwarded_from,grouped_id,file_id,file_name,file_size,file_mime_type,file_sha256,file_state,file_path,summary,via_bot\r
4711,2025-10-30T09:58:00.000Z,,,document,-1001234567890,Euronews,,Letters from the coast,15204,12,👍 31,4700,,,7,Letters from the coast.pdf,1482331,application/pdf,403b72aa124513c88c9f8a5ef420c661e09385706a66059dd3f6f413e9691f73,stored,1_Euronews English/2025/10/4711_Letters from the coast.pdf,File,\r
`,
  'application/json': JSON.stringify({
    name: 'Euronews',
    type: 'public_channel',
    id: 1_234_567_890,
    messages: [
      {
        id: 4711,
        type: 'message',
        date: '2025-10-30T09:58:00',
        date_unixtime: '1761818280',
        from: 'Euronews',
        from_id: 'channel1234567890',
        reply_to_message_id: 4700,
        file: '1_Euronews English/2025/10/4711_Letters from the coast.pdf',
        file_name: 'Letters from the coast.pdf',
        file_size: 1_482_331,
        mime_type: 'application/pdf',
        text: [{ type: 'bold', text: 'Letters' }, ' from the coast'],
        text_entities: [
          { type: 'bold', text: 'Letters' },
          { type: 'plain', text: ' from the coast' },
        ],
        reactions: [{ type: 'emoji', count: 31, emoji: '👍' }],
      },
    ],
  }),
}

export const exportsApi = {
  export: contract({
    method: 'GET',
    url: '/sources/:source_id/export',
    scope: 'messages:read',
    schema: {
      operationId: 'exportSource',
      summary: 'Export the archive of a source as one file, oldest message first',
      description: `The response is streamed; its size is not limited.

- \`jsonl\`: one message per line, as in \`GET /messages\`.
- \`csv\`: RFC 4180, UTF-8. Values that a spreadsheet would read as a formula are preceded by an apostrophe.
- \`telegram-desktop\`: \`result.json\` in the format of Telegram Desktop. Files are named by their paths on the target.`,
      tags: ['messages'],
      produces: Object.keys(EXAMPLES),
      params: SourceParams,
      querystring: z.object({ format: z.enum(EXPORT_FORMATS).default('jsonl') }),
      response: {
        200: z.custom<unknown>().meta({
          type: 'string',
          description: 'The file',
          example: EXAMPLES,
        }),
        ...problems('source_not_found'),
      },
    },
  }),
}
