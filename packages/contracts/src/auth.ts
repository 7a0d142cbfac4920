import { z } from 'zod'
import { contract } from './contract.ts'
import { Owner } from './owner.ts'
import { problems } from './problem.ts'
import { SCOPES } from './scopes.ts'
import { message } from './values.ts'

const tags = ['auth'] as const

export const AUTH_MODES = ['none', 'keys'] as const
export type AuthMode = (typeof AUTH_MODES)[number]

/** The authenticated caller of a request. */
export const Actor = z.object({
  /** Null when AUTH_MODE is `none`. */
  keyId: z.string().nullable(),
  owner: Owner,
  scopes: z.array(z.enum(SCOPES)).readonly(),
})
export type Actor = Readonly<z.infer<typeof Actor>>

export const Me = z
  .object({
    auth_mode: z
      .enum(AUTH_MODES)
      .describe('`none`: every caller that reaches this machine has all permissions'),
    key_id: z.string().nullable(),
    name: z.string().nullable().describe('Name of the key'),
    tenant_id: z.uuid().nullable(),
    scopes: z.array(z.enum(SCOPES)),
  })
  .meta({
    id: 'Me',
    example: {
      auth_mode: 'keys',
      key_id: '0123456789abcdef',
      name: 'console',
      tenant_id: null,
      scopes: ['sessions:read', 'sources:read'],
    },
  })
export type Me = z.infer<typeof Me>

export const authApi = {
  login: contract({
    method: 'POST',
    url: '/auth/login',
    scope: null,
    schema: {
      operationId: 'logIn',
      summary: 'Log a browser in with an API key',
      description:
        'Sets an HttpOnly cookie that authenticates as the key for one week. Requests from other sites cannot use it.',
      tags,
      body: z.strictObject({
        key: z.string().min(1).max(200).meta({ example: 'tg_0123456789abcdef_…' }),
      }),
      response: { 200: Me, ...problems('unauthorized', 'forbidden') },
    },
  }),
  logout: contract({
    method: 'POST',
    url: '/auth/logout',
    scope: null,
    schema: {
      operationId: 'logOut',
      summary: "End the browser's login",
      tags,
      response: { 200: message('Logged out'), ...problems('forbidden') },
    },
  }),
  me: contract({
    method: 'GET',
    url: '/auth/me',
    scope: 'any',
    schema: {
      operationId: 'whoAmI',
      summary: 'Get the key of the request and its scopes',
      tags,
      response: { 200: Me },
    },
  }),
}
