import { z } from 'zod'
import { contract } from './contract.ts'
import { ACCESS_LEVELS, ACTIVITY, TARGETS } from './lists.ts'
import { problems } from './problem.ts'
import { NewPrivateSource, NewPublicSource, NewSource, Source, SourceChanges } from './source.ts'
import { IntegerId, LINKED_PAGES, linkedPage, message, SourceParams } from './values.ts'
import { FileVerification } from './verification.ts'

const tags = ['sources'] as const
const sourceNotFound = problems('source_not_found')

/** Query strings have no booleans, so `true` and `false` are accepted as text. */
const ActivityFilter = z
  .enum([...ACTIVITY, 'true', 'false'])
  .transform((active) => (active === 'true' ? 'active' : active === 'false' ? 'paused' : active))

/** Problem codes of operations that look up a channel at Telegram. */
const LOOKUP_PROBLEMS = [
  'invalid_input',
  'bot_not_administrator',
  'bot_refused',
  'channel_not_found',
  'session_required',
  'target_not_configured',
  'session_not_found',
  'session_not_active',
  'flood_wait',
  'upstream_failed',
  'application_refused',
  'session_unavailable',
  'telegram_unavailable',
] as const

const created = { 200: Source, ...problems(...LOOKUP_PROBLEMS) }
const changed = {
  200: Source,
  ...problems(
    ...LOOKUP_PROBLEMS,
    'source_keeps_channel',
    'source_not_found',
    'source_changed',
    'run_under_way',
  ),
}

const description =
  'The channel is looked up at Telegram first. Its first run starts at once, later ones follow the schedule.'

export const sourcesApi = {
  create: contract({
    method: 'POST',
    url: '/sources',
    scope: 'sources:write',
    schema: {
      operationId: 'createSource',
      summary: 'Archive a channel',
      description,
      tags,
      body: NewSource,
      response: created,
    },
  }),
  createPrivate: contract({
    method: 'POST',
    url: '/sources/private',
    scope: 'sources:write',
    schema: {
      operationId: 'createPrivateSource',
      summary: 'Archive a private channel through a session that is its member',
      description,
      tags,
      body: NewPrivateSource,
      response: created,
    },
  }),
  createPublic: contract({
    method: 'POST',
    url: '/sources/public',
    scope: 'sources:write',
    schema: {
      operationId: 'createPublicSource',
      summary: 'Archive a public channel',
      description,
      tags,
      body: NewPublicSource,
      response: created,
    },
  }),
  list: contract({
    method: 'GET',
    url: '/sources',
    scope: 'sources:read',
    schema: {
      operationId: 'listSources',
      summary: 'List all sources, oldest first',
      description: LINKED_PAGES,
      tags,
      querystring: z.object({
        q: z.string().max(200).optional().describe('Part of the name, identifier or title'),
        access_level: z.enum(ACCESS_LEVELS).optional(),
        target: z.enum(TARGETS).optional(),
        is_active: ActivityFilter.optional(),
        session_id: IntegerId.optional(),
        ...linkedPage(IntegerId),
      }),
      response: { 200: z.array(Source), ...problems('session_not_found') },
    },
  }),
  get: contract({
    method: 'GET',
    url: '/sources/:source_id',
    scope: 'sources:read',
    schema: {
      operationId: 'getSource',
      summary: 'Get a source',
      tags,
      params: SourceParams,
      response: { 200: Source, ...sourceNotFound },
    },
  }),
  replace: contract({
    method: 'PUT',
    url: '/sources/:source_id',
    scope: 'sources:write',
    schema: {
      operationId: 'updateSource',
      summary: 'Change a source',
      description: 'Same as PATCH: omitted fields stay unchanged.',
      tags,
      params: SourceParams,
      body: SourceChanges,
      response: changed,
    },
  }),
  change: contract({
    method: 'PATCH',
    url: '/sources/:source_id',
    scope: 'sources:write',
    schema: {
      operationId: 'changeSource',
      summary: 'Change a source',
      description:
        'Omitted fields stay unchanged. The channel of a source cannot be changed; create another source instead.',
      tags,
      params: SourceParams,
      body: SourceChanges,
      response: changed,
    },
  }),
  pause: contract({
    method: 'POST',
    url: '/sources/:source_id/pause',
    scope: 'sources:write',
    schema: {
      operationId: 'pauseSource',
      summary: 'Pause the schedule of a source',
      description: 'An unfinished run continues; cancel it to end it. Triggering still works.',
      tags,
      params: SourceParams,
      response: { 200: Source, ...sourceNotFound },
    },
  }),
  resume: contract({
    method: 'POST',
    url: '/sources/:source_id/resume',
    scope: 'sources:write',
    schema: {
      operationId: 'resumeSource',
      summary: 'Resume the schedule of a source, from its next time on',
      tags,
      params: SourceParams,
      response: { 200: Source, ...sourceNotFound },
    },
  }),
  acceptDeletions: contract({
    method: 'POST',
    url: '/sources/:source_id/accept-deletions',
    scope: 'sources:write',
    schema: {
      operationId: 'acceptDeletions',
      summary: 'Mark the messages that are missing at Telegram as deleted',
      description:
        'Needed when more than a tenth of the messages of a source is missing at once. Messages and files stay readable.',
      tags,
      params: SourceParams,
      response: { 200: Source, ...sourceNotFound },
    },
  }),
  verifyFiles: contract({
    method: 'POST',
    url: '/sources/:source_id/verify-files',
    scope: 'sources:write',
    schema: {
      operationId: 'verifyFiles',
      summary: "Compare a source's stored files with its target",
      description:
        'Runs in the background. A source has one verification at a time: if one is unfinished, it is returned. The next run downloads missing files again. Files that differ are reported and never overwritten.',
      tags,
      params: SourceParams,
      querystring: z.object({
        by_hash: z
          .enum(['true', 'false'])
          .default('false')
          .transform((value) => value === 'true')
          .describe('Read every file and compare its SHA-256; by default, only sizes are compared'),
      }),
      response: {
        202: FileVerification,
        ...problems('source_not_found', 'verification_just_started'),
      },
    },
  }),
  lastVerification: contract({
    method: 'GET',
    url: '/sources/:source_id/verify-files',
    scope: 'sources:read',
    schema: {
      operationId: 'getLastVerification',
      summary: "Get the progress and findings of the source's newest file verification",
      tags,
      params: SourceParams,
      response: {
        200: FileVerification,
        ...problems('source_not_found', 'verification_not_found'),
      },
    },
  }),
  delete: contract({
    method: 'DELETE',
    url: '/sources/:source_id',
    scope: 'sources:write',
    schema: {
      operationId: 'deleteSource',
      summary: 'Stop archiving a channel',
      description:
        'An unfinished run is cancelled. `archive=keep` keeps messages and files readable; `archive=delete` deletes both in the background.',
      tags,
      params: SourceParams,
      querystring: z.object({ archive: z.enum(['keep', 'delete']).default('keep') }),
      response: { 200: message('Source deleted successfully'), ...sourceNotFound },
    },
  }),
}
