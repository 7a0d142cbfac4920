import { z } from 'zod'
import { contract } from './contract.ts'
import { FILE_STATES, TARGETS } from './lists.ts'
import { problems } from './problem.ts'
import { Instant, LongId } from './values.ts'

const tags = ['files'] as const
const FileParams = z.object({ file_id: LongId.meta({ example: '7' }) })

const EXAMPLE = {
  id: 7,
  name: 'Letters from the coast.pdf',
  kind: 'document',
  size: 1_482_331,
  mime_type: 'application/pdf',
  sha256: '403b72aa124513c88c9f8a5ef420c661e09385706a66059dd3f6f413e9691f73',
  state: 'stored',
  target: 'LOCAL',
  path: '1_Euronews English/2025/10/4711_Letters from the coast.pdf',
  error: null,
} as const

export const MessageFile = z
  .object({
    id: z.int(),
    name: z.string().nullable().describe('File name given by the sender; null when it has none'),
    kind: z.string(),
    size: z.int().describe('Bytes'),
    mime_type: z.string().nullable(),
    sha256: z.string().nullable().describe('Null until it is stored'),
    state: z.enum(FILE_STATES),
    target: z.enum(TARGETS).nullable(),
    path: z.string().nullable().describe("Relative to the target's root; null until it is stored"),
    error: z.string().nullable().describe('Why the file is not stored'),
  })
  .meta({ id: 'MessageFile', example: EXAMPLE })
export type MessageFile = z.infer<typeof MessageFile>

export const ArchivedFile = z
  .object({
    ...MessageFile.shape,
    source_id: z.int(),
    message_id: z.int().describe("Telegram's id of its message"),
    version: z
      .int()
      .describe('1 for the first file of a message, one more for each replacement by an edit'),
    replaced_at: Instant.nullable().describe('When an edit removed or replaced the file'),
    created_at: Instant,
    stored_at: Instant.nullable(),
  })
  .meta({
    id: 'ArchivedFile',
    example: {
      ...EXAMPLE,
      source_id: 1,
      message_id: 4711,
      version: 1,
      replaced_at: null,
      created_at: '2025-10-30T10:00:03.000Z',
      stored_at: '2025-10-30T10:00:04.000Z',
    },
  })
export type ArchivedFile = z.infer<typeof ArchivedFile>

export const filesApi = {
  get: contract({
    method: 'GET',
    url: '/files/:file_id',
    scope: 'files:read',
    schema: {
      operationId: 'getFile',
      summary: "Get a file's metadata",
      tags,
      params: FileParams,
      response: { 200: ArchivedFile, ...problems('file_not_found') },
    },
  }),
  content: contract({
    method: 'GET',
    url: '/files/:file_id/content',
    scope: 'files:read',
    schema: {
      operationId: 'getFileContent',
      summary: "Download a file's content",
      description:
        'A single `Range` (RFC 9110) is answered with 206, several ranges with the whole file. The `ETag` is the SHA-256; `If-None-Match`, `If-Range` and `HEAD` are supported. Images, audio, video, PDF and plain text have `Content-Disposition: inline`, all other types `attachment`.',
      tags,
      produces: ['application/octet-stream'],
      params: FileParams,
      response: {
        200: z.custom<unknown>().meta({
          type: 'string',
          format: 'binary',
          description:
            "The whole file. Its media type is the sender's, if that is safe to show in a browser",
          example: '%PDF-1.7',
        }),
        206: z.custom<unknown>().meta({
          type: 'string',
          format: 'binary',
          description: 'The range that `Content-Range` states',
          example: '%PDF',
        }),
        304: z.undefined().describe('`If-None-Match` matches: the file has not changed'),
        ...problems(
          'file_not_found',
          'file_removed',
          'file_not_stored',
          'range_not_satisfiable',
          'target_unavailable',
        ),
      },
    },
  }),
}
