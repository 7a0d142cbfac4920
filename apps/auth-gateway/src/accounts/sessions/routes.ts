import { sessionsApi } from '@telegather/contracts'
import { actorOf, linkedPage, type App } from '@telegather/service'
import { listChannels } from './channels/list-channels.ts'
import { deleteSession, type DeleteSessionDeps } from './delete-session.ts'
import { getSession } from './get-session.ts'
import { presentChannel, presentSession, presentTest } from './present.ts'
import { selectSessions } from './queries.ts'
import { testSession } from './test-session.ts'
import { updateSession } from './update-session.ts'

export function sessionRoutes(app: App, deps: DeleteSessionDeps): void {
  app.route({
    ...sessionsApi.list,
    handler: async (req, reply) => {
      const { cursor, limit } = req.query
      const { owner } = actorOf(req)
      const found = await selectSessions(deps.db, owner, { cursor, limit: limit + 1 })
      const rows = linkedPage(req, reply, { found, limit })
      return reply.code(200).send(rows.map(presentSession))
    },
  })

  app.route({
    ...sessionsApi.get,
    handler: async (req, reply) => {
      const row = await getSession(deps.db, actorOf(req), req.params.session_id)
      return reply.code(200).send(presentSession(row))
    },
  })

  app.route({
    ...sessionsApi.update,
    handler: async (req, reply) => {
      const row = await updateSession(deps, actorOf(req), req.params.session_id, {
        sessionName: req.body.session_name,
        isActive: req.body.is_active,
        useForPublic: req.body.use_for_public,
      })
      return reply.code(200).send(presentSession(row))
    },
  })

  app.route({
    ...sessionsApi.delete,
    handler: async (req, reply) => {
      await deleteSession(deps, actorOf(req), {
        sessionId: req.params.session_id,
        force: req.query.force,
        signOut: req.query.sign_out,
      })
      return reply.code(200).send({ message: 'Session deleted successfully' })
    },
  })

  app.route({
    ...sessionsApi.test,
    handler: async (req, reply) => {
      const check = await testSession(deps, actorOf(req), req.params.session_id)
      return reply.code(200).send(presentTest(check))
    },
  })

  app.route({
    ...sessionsApi.channels,
    handler: async (req, reply) => {
      const listed = await listChannels(deps, actorOf(req), {
        sessionId: req.params.session_id,
        refresh: req.query.refresh,
      })
      return reply.code(200).send(listed.map(presentChannel))
    },
  })
}
