import { z } from 'zod'
import { contract } from './contract.ts'
import { MESSAGE_KINDS } from './lists.ts'
import { ArchiveStats, Message, MessageInFull } from './message.ts'
import { problems } from './problem.ts'
import { cursor, InstantInput, IntegerId, LongId, page, SourceParams } from './values.ts'

const tags = ['messages'] as const
/** Of the message that is the example: its date in milliseconds, and its id. */
const CURSOR = '1761818280000_90211'
const sourceNotFound = problems('source_not_found')
const InstantFilter = InstantInput.transform((text) => new Date(text))

const filters = {
  since: InstantFilter.optional().describe('Not older').meta({ example: '2025-10-01T00:00:00Z' }),
  until: InstantFilter.optional()
    .describe('Older than that')
    .meta({ example: '2025-11-01T00:00:00Z' }),
  kind: z.enum(MESSAGE_KINDS).optional(),
  has_file: z.stringbool().optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Words that all have to be there, in the text, a link, the name of a file, a poll, a contact, a place, a new title or another service message: Russian and English ones in any form, Chinese, Japanese and Korean ones anywhere, a link by itself or its beginning. New messages are found within seconds, a long history within minutes.',
    )
    .meta({ example: 'letters coast' }),
  cursor: cursor(
    z.string().regex(/^\d{1,14}_\d{1,15}$/, 'expected next_cursor of the page before'),
  ),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}

export const messagesApi = {
  list: contract({
    method: 'GET',
    url: '/messages',
    scope: 'messages:read',
    schema: {
      operationId: 'listMessages',
      summary: 'What is archived, newest first',
      tags,
      querystring: z.object({ source_id: IntegerId.optional(), ...filters }),
      response: { 200: page(Message, CURSOR), ...sourceNotFound },
    },
  }),
  listBySource: contract({
    method: 'GET',
    url: '/sources/:source_id/messages',
    scope: 'messages:read',
    schema: {
      operationId: 'listSourceMessages',
      summary: 'What is archived of a source, newest first',
      description: 'Also of one that was deleted and its archive kept.',
      tags,
      params: SourceParams,
      querystring: z.object(filters),
      response: { 200: page(Message, CURSOR), ...sourceNotFound },
    },
  }),
  get: contract({
    method: 'GET',
    url: '/messages/:message_id',
    scope: 'messages:read',
    schema: {
      operationId: 'getMessage',
      summary: 'One message, also as Telegram sent it',
      tags,
      params: z.object({ message_id: LongId.meta({ example: '90211' }) }),
      response: { 200: MessageInFull, ...problems('message_not_found') },
    },
  }),
  stats: contract({
    method: 'GET',
    url: '/sources/:source_id/stats',
    scope: 'messages:read',
    schema: {
      operationId: 'getSourceStats',
      summary: 'How much is archived of a source, and what is missing',
      description:
        'Telegram tells of no deletions from before: ids may be missing for that reason.',
      tags,
      params: SourceParams,
      response: { 200: ArchiveStats, ...sourceNotFound },
    },
  }),
}
