import { sessionsApi } from '@telegather/contracts'
import { actorOf, DomainError, type App } from '@telegather/service'
import type { FastifyReply } from 'fastify'
import { parseSessionString, readSessionFile, type ApiCredentials } from '@telegather/telegram'
import type { AccountDeps } from '../deps.ts'
import { acceptForms } from './forms.ts'
import { importLogin } from './import-login.ts'
import { presentSession } from './present.ts'

/** Registers the imports of logins that other clients created, as forms or JSON. */
export async function importRoutes(app: App, deps: AccountDeps): Promise<void> {
  await acceptForms(app)

  app.route({
    ...sessionsApi.importString,
    handler: async (req, reply) => {
      const { session_name, phone_number, session_string, api_id, api_hash } = req.body
      const session = await importLogin(deps, actorOf(req), {
        sessionName: session_name,
        phoneNumber: phone_number,
        read: parseSessionString(session_string),
        ...apiOf(api_id, api_hash),
      })
      return reply.code(200).send(presentSession(session))
    },
  })

  app.route({
    ...sessionsApi.importFile,
    handler: async (req, reply) => {
      const { session_name, phone_number, session_file, api_id, api_hash } = req.body
      const actor = actorOf(req)
      const session = await importLogin(deps, actor, {
        sessionName: session_name,
        phoneNumber: phone_number,
        read: await readSessionFile(session_file, {
          party: actor.owner.kind === 'operator' ? (actor.keyId ?? '') : actor.owner.id,
          signal: signalOfClose(reply),
        }),
        ...apiOf(api_id, api_hash),
      })
      return reply.code(200).send(presentSession(session))
    },
  })
}

/** A signal that aborts when the client's connection closes or the response is sent. */
function signalOfClose(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  const abort = () =>
    closed.abort(new DomainError('unavailable', 'The client has closed the connection'))
  reply.raw.once('close', abort)
  if (reply.raw.destroyed) abort()
  return closed.signal
}

function apiOf(apiId: number | undefined, apiHash: string | undefined): { api?: ApiCredentials } {
  if (apiId === undefined && apiHash === undefined) return {}
  if (apiId === undefined || apiHash === undefined)
    throw new DomainError('invalid_input', 'api_id and api_hash belong together')
  return { api: { apiId, apiHash } }
}
