import { sourcesApi } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, type App } from '@telegather/service'
import { presentVerification } from './present.ts'
import { lastVerification, verifyFiles } from './verify-files.ts'

export function verificationRoutes(app: App, { db }: { readonly db: Db }): void {
  app.route({
    ...sourcesApi.verifyFiles,
    handler: async (req, reply) => {
      const asked = { sourceId: req.params.source_id, byHash: req.query.by_hash }
      const verification = await verifyFiles(db, actorOf(req), asked)
      return reply.code(202).send(presentVerification(verification))
    },
  })
  app.route({
    ...sourcesApi.lastVerification,
    handler: async (req, reply) => {
      const verification = await lastVerification(db, actorOf(req), req.params.source_id)
      return reply.code(200).send(presentVerification(verification))
    },
  })
}
