import type { Actor, AuthMode } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { sha256 } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { actorOfKey, OPERATOR } from '../keys/actor.ts'
import { recordKeyUse, type KeyRow } from '../keys/queries.ts'
import { keyInHeaders, tokenInCookie } from './credential.ts'
import { findKeyOfLogin } from './queries.ts'
import { verifyKey } from './verify-key.ts'

/** The precision of `last_used_at`. */
const LAST_USE_MS = 60_000

/**
 * Returns a function that authenticates a request by the key in a header, or without one by the login cookie. With a
 * wrong key in a header, the cookie is ignored. The function throws `unauthorized`.
 */
export function createAuthenticator({ db, authMode }: { db: Db; authMode: AuthMode }) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<Actor> => {
    if (authMode === 'none') return OPERATOR
    const row = await keyOf(db, request)
    if (!row) {
      reply.header('www-authenticate', 'Bearer')
      throw new DomainError(
        'unauthorized',
        'A valid API key is needed: Authorization: Bearer tg_…, or X-API-Key',
      )
    }
    if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > LAST_USE_MS)
      await recordKeyUse(db, row.id)
    return actorOfKey(row)
  }
}

async function keyOf(db: Db, request: FastifyRequest): Promise<KeyRow | null> {
  const key = keyInHeaders(request)
  if (key !== null) return verifyKey(db, key)
  const token = tokenInCookie(request)
  return token === null ? null : findKeyOfLogin(db, sha256(token))
}
