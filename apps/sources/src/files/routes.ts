import { filesApi } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, DomainError, letReadSlowly, type App } from '@telegather/service'
import type { Targets } from '@telegather/storage'
import { answerContent } from './answer-content.ts'
import { getFile } from './get-file.ts'
import { presentFile } from './present.ts'

export function fileRoutes(app: App, { db, targets }: { db: Db; targets: Targets }): void {
  app.route({
    ...filesApi.get,
    handler: async (req, reply) => {
      const file = await getFile(db, actorOf(req), req.params.file_id)
      return reply.code(200).send(presentFile(file))
    },
  })

  app.route({
    ...filesApi.content,
    handler: async (req, reply) => {
      const file = await getFile(db, actorOf(req), req.params.file_id)
      const answer = await answerContent(targets, file, req)
      void reply.headers(answer.headers)
      if (answer.status === 304) return reply.code(304).send()
      if (answer.status === 416)
        throw new DomainError('range_not_satisfiable', `The file has only ${answer.size} bytes`)
      letReadSlowly(reply)
      return reply.code(answer.status).send(answer.stream)
    },
  })
}
