import { sourcesApi, type Actor, type NewSource, type SourceChanges } from '@telegather/contracts'
import { actorOf, DomainError, linkedPage, type App } from '@telegather/service'
import { acceptDeletions } from './accept-deletions.ts'
import { changeSource } from './change-source.ts'
import { createSource } from './create-source.ts'
import { deleteSource } from './delete-source.ts'
import type { SourceDeps } from './deps.ts'
import { presentSource } from './present.ts'
import { findSource, selectSources, sessionExists } from './queries.ts'
import { setActivity } from './set-activity.ts'

export function sourceRoutes(app: App, deps: SourceDeps): void {
  settingRoutes(app, deps)
  readingRoutes(app, deps)
  endingRoutes(app, deps)
}

function settingRoutes(app: App, deps: SourceDeps): void {
  const create = async (actor: Actor, input: NewSource) =>
    presentSource(await createSource(deps, actor, input))
  const change = async (actor: Actor, sourceId: number, input: SourceChanges) =>
    presentSource(await changeSource(deps, actor, sourceId, input))

  app.route({
    ...sourcesApi.create,
    handler: async (req, reply) => reply.code(200).send(await create(actorOf(req), req.body)),
  })
  app.route({
    ...sourcesApi.createPrivate,
    handler: async (req, reply) => reply.code(200).send(await create(actorOf(req), req.body)),
  })
  app.route({
    ...sourcesApi.createPublic,
    handler: async (req, reply) => reply.code(200).send(await create(actorOf(req), req.body)),
  })
  app.route({
    ...sourcesApi.replace,
    handler: async (req, reply) =>
      reply.code(200).send(await change(actorOf(req), req.params.source_id, req.body)),
  })
  app.route({
    ...sourcesApi.change,
    handler: async (req, reply) =>
      reply.code(200).send(await change(actorOf(req), req.params.source_id, req.body)),
  })
}

function readingRoutes(app: App, { db }: SourceDeps): void {
  app.route({
    ...sourcesApi.list,
    handler: async (req, reply) => {
      const { limit, session_id: sessionId } = req.query
      const { owner } = actorOf(req)
      if (sessionId !== undefined && !(await sessionExists(db, owner, sessionId)))
        throw new DomainError('session_not_found', 'Session not found')
      const found = await selectSources(db, owner, { ...req.query, limit: limit + 1 })
      const rows = linkedPage(req, reply, { found, limit })
      return reply.code(200).send(rows.map(presentSource))
    },
  })

  app.route({
    ...sourcesApi.get,
    handler: async (req, reply) => {
      const source = await findSource(db, actorOf(req).owner, req.params.source_id)
      if (!source) throw new DomainError('source_not_found', 'Source not found')
      return reply.code(200).send(presentSource(source))
    },
  })
}

function endingRoutes(app: App, deps: SourceDeps): void {
  const { db } = deps
  app.route({
    ...sourcesApi.pause,
    handler: async (req, reply) => {
      const source = await setActivity(db, actorOf(req), req.params.source_id, 'paused')
      return reply.code(200).send(presentSource(source))
    },
  })
  app.route({
    ...sourcesApi.resume,
    handler: async (req, reply) => {
      const source = await setActivity(db, actorOf(req), req.params.source_id, 'active')
      return reply.code(200).send(presentSource(source))
    },
  })

  app.route({
    ...sourcesApi.acceptDeletions,
    handler: async (req, reply) => {
      const source = await acceptDeletions(db, actorOf(req), req.params.source_id)
      return reply.code(200).send(presentSource(source))
    },
  })

  app.route({
    ...sourcesApi.delete,
    handler: async (req, reply) => {
      const purge = req.query.archive === 'delete'
      await deleteSource(deps, actorOf(req), req.params.source_id, { purge })
      return reply.code(200).send({ message: 'Source deleted successfully' })
    },
  })
}
