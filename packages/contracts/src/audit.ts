import { z } from 'zod'
import { contract } from './contract.ts'
import { cursor, Instant, page } from './values.ts'

/**
 * Actions in the audit log, as `noun.past_tense`: logins and their end, created, changed and deleted objects, started
 * work. Reads are not audited; `last_used_at` of a key shows when it was used.
 */
export const AUDIT_ACTIONS = [
  'login.started',
  'login.code_resent',
  'login.refused',
  'login.verified',
  'login.completed',
  'login.cancelled',
  'login.expired',
  'session.imported',
  'session.renamed',
  'session.paused',
  'session.resumed',
  'session.changed',
  'session.deleted',
  'source.created',
  'source.changed',
  'source.paused',
  'source.resumed',
  'source.deletions_accepted',
  'source.verification_requested',
  'source.deleted',
  'run.triggered',
  'run.cancelled',
  'run.retried',
  'key.created',
  'key.revoked',
  'browser.logged_in',
  'browser.logged_out',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

const AuditDetails = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
)
export type AuditDetails = z.infer<typeof AuditDetails>

/** Example of a cursor: the id of the last event of a page. */
const CURSOR = '019a346e-5a00-7c11-8000-5d2f4f0e7a10'

export const AuditEvent = z
  .object({
    id: z.uuid(),
    action: z.enum(AUDIT_ACTIONS),
    object_id: z.string().describe('Id of the affected login, session, source, run or key'),
    key_id: z
      .string()
      .nullable()
      .describe('Key of the caller; null without keys and for the command line'),
    tenant_id: z.uuid().nullable().describe('Tenant of the object; null: the operator'),
    details: AuditDetails,
    created_at: Instant,
  })
  .meta({
    id: 'AuditEvent',
    example: {
      id: CURSOR,
      action: 'session.renamed',
      object_id: '1',
      key_id: '0123456789abcdef',
      tenant_id: null,
      details: { session_name: 'my_telegram_session' },
      created_at: '2025-10-30T10:00:00.000Z',
    },
  })
export type AuditEvent = z.infer<typeof AuditEvent>

export const auditApi = {
  list: contract({
    method: 'GET',
    url: '/audit',
    scope: 'audit:read',
    schema: {
      operationId: 'listAuditEvents',
      summary: 'List the audit log, newest first',
      description: "A tenant's key sees the events of that tenant.",
      tags: ['audit'],
      querystring: z.object({
        cursor: cursor(z.uuid()),
        limit: z.coerce.number().int().min(1).max(100).default(50),
      }),
      response: { 200: page(AuditEvent, CURSOR) },
    },
  }),
}
