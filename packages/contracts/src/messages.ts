import { z } from 'zod'
import { contract } from './contract.ts'
import { MESSAGE_KINDS } from './lists.ts'
import { ArchiveStats, Message, MessageInFull } from './message.ts'
import { problems } from './problem.ts'
import { cursor, InstantInput, IntegerId, LongId, page, SourceParams } from './values.ts'

const tags = ['messages'] as const
/** Cursor of the example message: its date in milliseconds and its id. */
const CURSOR = '1761818280000_90211'
const sourceNotFound = problems('source_not_found')
const InstantFilter = InstantInput.transform((text) => new Date(text))

const filters = {
  since: InstantFilter.optional()
    .describe('Earliest date, inclusive')
    .meta({ example: '2025-10-01T00:00:00Z' }),
  until: InstantFilter.optional()
    .describe('Latest date, exclusive')
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
      'Full-text search. All words must occur in the text, a link, a file name, a poll, a contact, a location or a service message. Russian and English words match in any form, Chinese, Japanese and Korean text anywhere, links from their beginning. New messages are searchable within seconds, a long history within minutes.',
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
      summary: 'List archived messages, newest first',
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
      summary: 'List archived messages of a source, newest first',
      description: 'Also works for a source that was deleted with `archive=keep`.',
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
      summary: 'Get a message with its versions and its raw form',
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
      summary: "Get statistics of a source's archive",
      description:
        'Missing ids include messages that were deleted before the source was archived: Telegram does not report such deletions.',
      tags,
      params: SourceParams,
      response: { 200: ArchiveStats, ...sourceNotFound },
    },
  }),
}
