import { Readable } from 'node:stream'
import { exportsApi, type ExportFormat } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { actorOf, letReadSlowly, type App } from '@telegather/service'
import { archiveOf } from '../archives/archive-of.ts'
import type { ArchiveRow } from '../archives/queries.ts'
import { contentDisposition } from '../files/content-disposition.ts'
import { csvRecords } from './csv.ts'
import { jsonLines } from './jsonl.ts'
import { pagesOf } from './pages.ts'
import { resultJson } from './telegram-desktop/result-json.ts'

interface Export {
  readonly type: string
  readonly fileName: string
  readonly content: AsyncIterable<string>
}

export function exportRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    ...exportsApi.export,
    handler: async (req, reply) => {
      const archive = await archiveOf(db, actorOf(req), req.params.source_id)
      const { type, fileName, content } = exportAs(req.query.format, db, archive)
      void reply.headers({
        'content-type': type,
        'content-disposition': contentDisposition('attachment', fileName),
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      })
      letReadSlowly(reply)
      const chunks = req.method === 'HEAD' ? [] : content
      return reply.code(200).send(Readable.from(chunks, { objectMode: false }))
    },
  })
}

function exportAs(format: ExportFormat, db: Db, archive: ArchiveRow): Export {
  switch (format) {
    case 'jsonl':
      return {
        type: 'application/jsonl; charset=utf-8',
        fileName: `${archive.name}.jsonl`,
        content: jsonLines(pagesOf(db, archive.id)),
      }
    case 'csv':
      return {
        type: 'text/csv; charset=utf-8; header=present',
        fileName: `${archive.name}.csv`,
        content: csvRecords(pagesOf(db, archive.id)),
      }
    case 'telegram-desktop':
      return {
        type: 'application/json; charset=utf-8',
        fileName: 'result.json',
        content: resultJson(archive, pagesOf(db, archive.id, { withRaw: true })),
      }
  }
}
