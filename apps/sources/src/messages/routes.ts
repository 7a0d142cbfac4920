import { messagesApi } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, type App } from '@telegather/service'
import { archiveOf } from '../archives/archive-of.ts'
import { statsOf } from '../archives/stats-of.ts'
import { getMessage } from './get-message.ts'
import { listMessages, type MessagePage } from './list-messages.ts'
import { presentMessage, presentVersion } from './present.ts'

export function messageRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    ...messagesApi.list,
    handler: async (req, reply) =>
      reply.code(200).send(presentPage(await listMessages(db, actorOf(req), req.query))),
  })

  app.route({
    ...messagesApi.listBySource,
    handler: async (req, reply) => {
      const filter = { ...req.query, source_id: req.params.source_id }
      return reply.code(200).send(presentPage(await listMessages(db, actorOf(req), filter)))
    },
  })

  app.route({
    ...messagesApi.get,
    handler: async (req, reply) => {
      const found = await getMessage(db, actorOf(req), req.params.message_id)
      return reply.code(200).send({
        ...presentMessage(found),
        versions: found.versions.map(presentVersion),
        raw: found.raw,
      })
    },
  })

  app.route({
    ...messagesApi.stats,
    handler: async (req, reply) => {
      const archive = await archiveOf(db, actorOf(req), req.params.source_id)
      return reply.code(200).send(await statsOf(db, archive.id))
    },
  })
}

function presentPage({ rows, nextCursor }: MessagePage) {
  return { items: rows.map(presentMessage), next_cursor: nextCursor }
}
