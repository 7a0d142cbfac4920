import { createHmac, timingSafeEqual } from 'node:crypto'
import { Actor } from '@telegather/contracts'
import { z } from 'zod'
import { DomainError } from './errors.ts'

/** Header in which the gateway passes the authenticated caller to other services. */
export const ACTOR_HEADER = 'x-telegather-actor'

/** Maximum age of a header, and maximum clock skew between two machines. */
const VALID_MS = 60_000

const Statement = Actor.extend({ at: z.number() })

/** Header value `<statement>.<HMAC-SHA256>`, both in base64url. Valid for one minute. */
export function signActor(internalKey: string, actor: Actor): string {
  const { keyId, owner, scopes } = actor
  const json = JSON.stringify({ keyId, owner, scopes, at: Date.now() })
  const statement = Buffer.from(json).toString('base64url')
  return `${statement}.${sign(internalKey, statement).toString('base64url')}`
}

/** The caller in a signed header. Throws `DomainError` (unauthorized) when the signature is wrong or the header expired. */
export function readActor(internalKey: string, header: string | string[] | undefined): Actor {
  const [statement, signature, ...rest] = typeof header === 'string' ? header.split('.') : []
  if (statement === undefined || signature === undefined || rest.length > 0) throw notSigned()
  const expected = sign(internalKey, statement)
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw notSigned()
  const { at, ...actor } = Statement.parse(
    JSON.parse(Buffer.from(statement, 'base64url').toString()),
  )
  if (Math.abs(Date.now() - at) > VALID_MS) throw notSigned()
  return actor
}

function sign(internalKey: string, statement: string): Buffer {
  return createHmac('sha256', internalKey).update(statement).digest()
}

function notSigned(): DomainError {
  return new DomainError('unauthorized', 'This service answers the gateway only')
}
