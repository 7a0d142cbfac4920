import { auditApi } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, type App } from '@telegather/service'
import { listAuditEvents } from './list-audit-events.ts'
import { presentAuditEvent } from './present.ts'

export function auditRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    ...auditApi.list,
    handler: async (req, reply) => {
      const { rows, nextCursor } = await listAuditEvents(db, actorOf(req), req.query)
      return reply.code(200).send({ items: rows.map(presentAuditEvent), next_cursor: nextCursor })
    },
  })
}
