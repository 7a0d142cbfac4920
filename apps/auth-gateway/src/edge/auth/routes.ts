import { authApi, type AuthMode } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, type App } from '@telegather/service'
import type { FastifyRequest } from 'fastify'
import { actorOfKey } from '../keys/actor.ts'
import { findUsableKey } from '../keys/queries.ts'
import { LOGIN_COOKIE, tokenInCookie } from './credential.ts'
import { LOGIN_LIFETIME_SECONDS, logIn } from './log-in.ts'
import { logOut } from './log-out.ts'
import { presentMe } from './present.ts'

export function authRoutes(app: App, { db, authMode }: { db: Db; authMode: AuthMode }): void {
  app.route({
    ...authApi.login,
    handler: async (req, reply) => {
      const { row, token } = await logIn(db, req.body.key)
      const maxAge = LOGIN_LIFETIME_SECONDS
      return reply
        .setCookie(LOGIN_COOKIE, token, { ...cookieOptions(req), maxAge })
        .code(200)
        .send(presentMe(authMode, actorOfKey(row), row.name))
    },
  })

  app.route({
    ...authApi.logout,
    handler: async (req, reply) => {
      const token = tokenInCookie(req)
      if (token !== null) await logOut(db, token)
      return reply
        .clearCookie(LOGIN_COOKIE, cookieOptions(req))
        .code(200)
        .send({ message: 'Logged out' })
    },
  })

  app.route({
    ...authApi.me,
    handler: async (req, reply) => {
      const actor = actorOf(req)
      const row = actor.keyId === null ? null : await findUsableKey(db, actor.keyId)
      return reply.code(200).send(presentMe(authMode, actor, row?.name ?? null))
    },
  })
}

function cookieOptions(req: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isHttps(req) } as const
}

/**
 * True when the client uses HTTPS, which a proxy terminates. The headers are not trusted for more than the cookie's
 * `Secure`: a client that forges them only loses its own cookie.
 */
function isHttps({ headers }: FastifyRequest): boolean {
  const proto = headers['x-forwarded-proto']
  return proto === 'https' || headers.origin?.startsWith('https:') === true
}
