import { z } from 'zod'
import { contract } from './contract.ts'
import { problems } from './problem.ts'
import { sessionImportsApi } from './session-imports.ts'
import { sessionLoginsApi } from './session-logins.ts'
import { Session, SessionName, withSessionName } from './session.ts'
import {
  ActivityInput,
  Int64,
  Int64Digits,
  IntegerId,
  LINKED_PAGES,
  linkedPage,
  message,
} from './values.ts'

const tags = ['sessions'] as const
const SessionParams = z.object({ session_id: IntegerId.meta({ example: '1' }) })

export const Channel = z
  .object({
    id: Int64.describe("The channel's bare id"),
    username: z.string().nullable().describe('Without @; null when the channel is private'),
    title: z.string(),
    participants_count: z
      .int()
      .nullable()
      .describe('Null until it is fetched in the background, one channel per second'),
    is_broadcast: z.boolean().describe('True for channels, false for groups'),
    is_megagroup: z.boolean().describe('True for supergroups, false for basic groups'),
    is_private: z.boolean(),
    access_hash: Int64.describe('0 for a basic group, which has none'),
    description: z
      .string()
      .nullable()
      .describe('Null until it is fetched in the background, one channel per second'),
    id_str: Int64Digits,
    access_hash_str: Int64Digits,
  })
  .meta({
    id: 'Channel',
    example: {
      id: 1_234_567_890,
      username: 'bbcnews',
      title: 'BBC News',
      participants_count: 500_000,
      is_broadcast: true,
      is_megagroup: false,
      is_private: false,
      access_hash: 1_234_567_890_123_456,
      description: 'Breaking news from BBC',
      id_str: '1234567890',
      access_hash_str: '1234567890123456',
    },
  })
export type Channel = z.infer<typeof Channel>

/** Reasons why a session cannot be used. */
const SESSION_TEST_FAILURES = [
  'needs_login',
  'revoked',
  'banned',
  'paused',
  'flood_wait',
  'unreachable',
] as const

export type SessionTestFailure = (typeof SESSION_TEST_FAILURES)[number]

export const SessionTest = z
  .object({
    valid: z.boolean(),
    account: z
      .object({
        user_id: Int64,
        user_id_str: Int64Digits,
        phone_number: z.string().nullable(),
        username: z.string().nullable(),
        first_name: z.string().nullable(),
        last_name: z.string().nullable(),
        is_premium: z.boolean(),
      })
      .nullable(),
    latency_ms: z.number().nullable().describe('Round trip to Telegram in milliseconds'),
    reason: z.enum(SESSION_TEST_FAILURES).nullable(),
    detail: z.string().nullable().describe('Why the session is not valid: a sentence'),
  })
  .meta({
    id: 'SessionTest',
    example: {
      valid: true,
      account: {
        user_id: 6_000_021_001,
        user_id_str: '6000021001',
        phone_number: '+1234567890',
        username: 'emil',
        first_name: 'Emil',
        last_name: null,
        is_premium: false,
      },
      latency_ms: 44.7,
      reason: null,
      detail: null,
    },
  })
export type SessionTest = z.infer<typeof SessionTest>

const sessionNotFound = problems('session_not_found')

export const sessionsApi = {
  ...sessionLoginsApi,
  ...sessionImportsApi,
  list: contract({
    method: 'GET',
    url: '/sessions',
    scope: 'sessions:read',
    schema: {
      operationId: 'listSessions',
      summary: 'List all sessions, oldest first',
      description: LINKED_PAGES,
      tags,
      querystring: z.object(linkedPage(IntegerId)),
      response: { 200: z.array(Session) },
    },
  }),
  get: contract({
    method: 'GET',
    url: '/sessions/:session_id',
    scope: 'sessions:read',
    schema: {
      operationId: 'getSession',
      summary: 'Get a session',
      tags,
      params: SessionParams,
      response: { 200: Session, ...sessionNotFound },
    },
  }),
  update: contract({
    method: 'PUT',
    url: '/sessions/:session_id',
    scope: 'sessions:write',
    schema: {
      operationId: 'updateSession',
      summary: 'Rename, pause or resume a session, or set whether it reads public channels',
      description:
        'A paused session is not used. To log the account in again, use any login or import operation: the session keeps its id.',
      tags,
      params: SessionParams,
      body: withSessionName(
        z
          .strictObject({
            session_name: SessionName.optional(),
            is_active: ActivityInput.optional(),
            use_for_public: z.boolean().optional(),
          })
          .refine((change) => Object.keys(change).length > 0, 'At least one field is required'),
      ),
      response: {
        200: Session,
        ...problems(
          'session_not_found',
          'session_name_taken',
          'session_not_active',
          'session_unavailable',
        ),
      },
    },
  }),
  delete: contract({
    method: 'DELETE',
    url: '/sessions/:session_id',
    scope: 'sessions:write',
    schema: {
      operationId: 'deleteSession',
      summary: 'Delete a session',
      description:
        'By default, logs out at Telegram if Telegather made the login, but not if the login was imported. While Telegram does not answer, `sign_out=false` deletes the session without logging out.',
      tags,
      params: SessionParams,
      querystring: z.object({
        force: z.stringbool().default(false).describe('Detach the sources that use it'),
        sign_out: z
          .stringbool()
          .optional()
          .describe('Whether to log out at Telegram, instead of the default'),
      }),
      response: {
        200: message('Session deleted successfully'),
        ...problems(
          'session_not_found',
          'session_in_use',
          'flood_wait',
          'upstream_failed',
          'application_refused',
          'session_unavailable',
          'telegram_unavailable',
        ),
      },
    },
  }),
  test: contract({
    method: 'POST',
    url: '/sessions/:session_id/test',
    scope: 'sessions:read',
    schema: {
      operationId: 'testSession',
      summary: 'Check at Telegram whether the login is valid',
      tags,
      params: SessionParams,
      response: {
        200: SessionTest,
        ...problems('session_not_found', 'upstream_failed', 'application_refused'),
      },
    },
  }),
  channels: contract({
    method: 'GET',
    url: '/sessions/:session_id/channels',
    scope: 'sessions:read',
    schema: {
      operationId: 'listSessionChannels',
      summary: 'List the channels and groups that the account is in',
      description:
        'Returns the whole list; Telegram limits how many channels an account can join. Descriptions and exact numbers of participants are fetched in the background, one channel per second, and cached.',
      tags,
      params: SessionParams,
      querystring: z.object({
        refresh: z
          .stringbool()
          .default(false)
          .describe('Fetch descriptions and numbers of participants again'),
      }),
      response: {
        200: z.array(Channel),
        ...problems(
          'session_not_found',
          'session_not_active',
          'flood_wait',
          'upstream_failed',
          'application_refused',
          'session_unavailable',
          'telegram_unavailable',
        ),
      },
    },
  }),
}
