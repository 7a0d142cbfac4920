import type { Scope } from '@telegather/contracts'
import { uuidv7 } from 'uuidv7'
import { OPERATOR } from '../src/edge/keys/actor.ts'
import { createKey, type CreatedKey } from '../src/edge/keys/create-key.ts'
import type { Answer, Gateways } from './gateway.ts'

/** Creates a key like the command line does. */
export async function makeKey(
  { database }: Gateways,
  { scopes = ['*'], tenantId = null }: { scopes?: Scope[]; tenantId?: string | null } = {},
): Promise<CreatedKey> {
  return createKey(database.db, OPERATOR, { name: 'a test', scopes, tenant_id: tenantId })
}

export async function makeTenant({ database }: Gateways, name: string): Promise<string> {
  const id = uuidv7()
  await database.db.$client`insert into tenants (id, name) values (${id}, ${name})`
  return id
}

export interface CallOptions {
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Sends a request such as `GET /audit`, with `key` as a bearer token if given. */
export async function callApi(
  api: string,
  operation: string,
  options: CallOptions = {},
): Promise<Answer> {
  const [method = '', path = ''] = operation.split(' ')
  const response = await fetch(api + path, {
    method,
    headers: {
      ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  const body = JSON.parse(text) as Record<string, unknown>
  return { status: response.status, headers: response.headers, text, body }
}
