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

export interface Ask {
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Sends a request such as `GET /audit`, with `key` as a bearer token if given. */
export async function ask(api: string, operation: string, how: Ask = {}): Promise<Answer> {
  const [method = '', path = ''] = operation.split(' ')
  const response = await fetch(api + path, {
    method,
    headers: {
      ...(how.key !== undefined && { authorization: `Bearer ${how.key}` }),
      ...(how.body !== undefined && { 'content-type': 'application/json' }),
      ...how.headers,
    },
    ...(how.body !== undefined && { body: JSON.stringify(how.body) }),
  })
  const text = await response.text()
  const body = JSON.parse(text) as Record<string, unknown>
  return { status: response.status, headers: response.headers, text, body }
}
