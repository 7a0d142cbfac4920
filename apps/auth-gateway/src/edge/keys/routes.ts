import { keysApi } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, linkedPage, type App } from '@telegather/service'
import { createKey } from './create-key.ts'
import { presentKey } from './present.ts'
import { selectKeys } from './queries.ts'
import { revokeKey } from './revoke-key.ts'

export function keyRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    ...keysApi.create,
    handler: async (req, reply) => {
      const { row, key } = await createKey(db, actorOf(req), req.body)
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...presentKey(row), key })
    },
  })

  app.route({
    ...keysApi.list,
    handler: async (req, reply) => {
      const { cursor, limit } = req.query
      const found = await selectKeys(db, actorOf(req).owner, { cursor, limit: limit + 1 })
      const rows = linkedPage(req, reply, { found, limit })
      return reply.code(200).send(rows.map(presentKey))
    },
  })

  app.route({
    ...keysApi.revoke,
    handler: async (req, reply) => {
      const row = await revokeKey(db, actorOf(req), req.params.key_id)
      return reply.code(200).send(presentKey(row))
    },
  })
}
