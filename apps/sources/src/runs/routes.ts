import { runsApi } from '@telegather/contracts'
import { actorOf, type App } from '@telegather/service'
import { cancelRun, type CancelDeps } from './cancel-run.ts'
import { eventStream } from './event-stream.ts'
import { getRun } from './get-run.ts'
import { listRunLogs } from './list-run-logs.ts'
import { listRuns } from './list-runs.ts'
import { presentLogLine, presentRun } from './present.ts'
import { retryRun } from './retry-run.ts'
import { readPosition, type RunFeed } from './run-feed.ts'
import { triggerRun } from './trigger-run.ts'

export interface RunDeps extends CancelDeps {
  readonly feed: RunFeed
}

export function runRoutes(app: App, deps: RunDeps): void {
  readingRoutes(app, deps)
  watchingRoutes(app, deps)
  startingRoutes(app, deps)
}

function readingRoutes(app: App, { db }: RunDeps): void {
  app.route({
    ...runsApi.listBySource,
    handler: async (req, reply) => {
      const filter = { source_id: req.params.source_id, ...req.query }
      const { rows, nextCursor } = await listRuns(db, actorOf(req), filter)
      return reply.code(200).send({ items: rows.map(presentRun), next_cursor: nextCursor })
    },
  })

  app.route({
    ...runsApi.list,
    handler: async (req, reply) => {
      const { rows, nextCursor } = await listRuns(db, actorOf(req), req.query)
      return reply.code(200).send({ items: rows.map(presentRun), next_cursor: nextCursor })
    },
  })

  app.route({
    ...runsApi.get,
    handler: async (req, reply) => {
      const run = await getRun(db, actorOf(req), req.params.run_id)
      return reply.code(200).send(presentRun(run))
    },
  })

  app.route({
    ...runsApi.logs,
    handler: async (req, reply) => {
      const { rows, nextCursor } = await listRunLogs(db, actorOf(req), {
        runId: req.params.run_id,
        ...req.query,
      })
      return reply.code(200).send({ items: rows.map(presentLogLine), next_cursor: nextCursor })
    },
  })
}

function watchingRoutes(app: App, { db, feed }: RunDeps): void {
  app.route({
    ...runsApi.events,
    handler: async (req, reply) => {
      const run = await getRun(db, actorOf(req), req.params.run_id)
      const lastEventId = req.headers['last-event-id']
      const { afterId, hasEnd } = readPosition(
        typeof lastEventId === 'string' ? lastEventId : undefined,
      )
      if (hasEnd && run.finishedAt !== null) return reply.code(204).send(null)
      return (
        reply
          .code(200)
          .header('content-type', 'text/event-stream')
          .header('cache-control', 'no-store')
          // Without it nginx buffers the events.
          .header('x-accel-buffering', 'no')
          .send(eventStream(feed, { runId: run.id, afterId }))
      )
    },
  })
}

function startingRoutes(app: App, deps: RunDeps): void {
  app.route({
    ...runsApi.trigger,
    handler: async (req, reply) => {
      const run = await triggerRun(deps.db, actorOf(req), req.params.source_id)
      return reply.code(202).send(presentRun(run))
    },
  })

  app.route({
    ...runsApi.cancel,
    handler: async (req, reply) => {
      const run = await cancelRun(deps, actorOf(req), req.params.run_id)
      return reply.code(202).send(presentRun(run))
    },
  })

  app.route({
    ...runsApi.retry,
    handler: async (req, reply) => {
      const run = await retryRun(deps.db, actorOf(req), req.params.run_id)
      return reply.code(202).send(presentRun(run))
    },
  })
}
