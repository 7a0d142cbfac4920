import { z } from 'zod'
import { contract } from './contract.ts'
import { problems } from './problem.ts'
import { SCOPES } from './scopes.ts'
import { Instant, InstantInput, LINKED_PAGES, linkedPage } from './values.ts'

const tags = ['keys'] as const

const EXAMPLE = {
  id: '0123456789abcdef',
  name: 'console',
  scopes: ['sessions:read', 'sources:read'],
  tenant_id: null,
  created_at: '2025-10-30T10:00:00.000Z',
  expires_at: '2027-01-01T00:00:00.000Z',
  last_used_at: null,
  revoked_at: null,
}

const KeyId = z.string().max(100)

export const ApiKey = z
  .object({
    id: z.string().describe('The part of the key between `tg_` and the secret'),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    tenant_id: z
      .uuid()
      .nullable()
      .describe("Tenant whose objects the key can access; null: the operator's key"),
    created_at: Instant,
    expires_at: Instant.nullable(),
    last_used_at: Instant.nullable().describe('Updated at most once a minute'),
    revoked_at: Instant.nullable(),
  })
  .meta({ id: 'ApiKey', example: EXAMPLE })
export type ApiKey = z.infer<typeof ApiKey>

export const NewApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100).meta({ example: 'console' }),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .transform((scopes) => [...new Set(scopes)])
    .meta({ example: ['sessions:read', 'sources:read'] }),
  tenant_id: z.uuid().nullish(),
  expires_at: InstantInput.nullish().meta({ example: '2027-01-01T00:00:00Z' }),
})
export type NewApiKey = z.infer<typeof NewApiKey>

export const keysApi = {
  create: contract({
    method: 'POST',
    url: '/keys',
    scope: 'keys:write',
    schema: {
      operationId: 'createKey',
      summary: 'Create an API key; only this response contains it',
      description:
        "The new key cannot have scopes that the caller's key lacks. A tenant's key creates keys of the same tenant.",
      tags,
      body: NewApiKey,
      response: {
        201: z
          .object({ ...ApiKey.shape, key: z.string().describe('Cannot be retrieved again') })
          .meta({ example: { ...EXAMPLE, key: `tg_${EXAMPLE.id}_…` } }),
        ...problems('scope_missing', 'forbidden', 'tenant_not_found'),
      },
    },
  }),
  list: contract({
    method: 'GET',
    url: '/keys',
    scope: 'keys:read',
    schema: {
      operationId: 'listKeys',
      summary: 'List all keys, newest first, including revoked ones',
      description: LINKED_PAGES,
      tags,
      querystring: z.object(linkedPage(KeyId)),
      response: { 200: z.array(ApiKey) },
    },
  }),
  revoke: contract({
    method: 'DELETE',
    url: '/keys/:key_id',
    scope: 'keys:write',
    schema: {
      operationId: 'revokeKey',
      summary: 'Revoke a key permanently',
      description: 'Takes effect at once. Browsers that logged in with the key are logged out.',
      tags,
      params: z.object({ key_id: KeyId.meta({ example: EXAMPLE.id }) }),
      response: { 200: ApiKey, ...problems('key_not_found') },
    },
  }),
}
