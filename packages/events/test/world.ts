import { randomBytes } from 'node:crypto'
import { jetstreamManager, type ConsumerInfo, type StreamInfo } from '@nats-io/jetstream'
import type { Db } from '@telegather/db'
import { createTestDatabase } from '@telegather/db/testing'
import { pino, type Logger } from 'pino'
import { inject } from 'vitest'
import {
  connectNats,
  consume,
  runRelay,
  type ConsumeOptions,
  type EventName,
} from '../src/index.ts'
import type { Nats } from '../src/nats.ts'
import { streamName } from '../src/streams.ts'

type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

/** Database, NATS connection and event stream of one test. */
export interface World extends AsyncDisposable {
  readonly db: Db
  readonly databaseUrl: string
  readonly nats: Nats
  readonly log: Logger
  readonly prefix: string
  /** Log lines with this message. */
  logged(message: string): LogLine[]
  relay(own?: { db?: Db; nats?: Nats }): void
  consume<Name extends EventName>(
    options: Pick<ConsumeOptions<Name>, 'event' | 'handle'> & Partial<ConsumeOptions<Name>>,
  ): Promise<void>
  stream(): Promise<StreamInfo>
  consumer(): Promise<ConsumerInfo>
}

const DURABLE = 'test-consumer'

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const lines: LogLine[] = []
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) })
  const nats = connectNats(inject('natsUrl'), { name: prefix, log })
  const abort = new AbortController()
  const running: Promise<void>[] = []
  const manager = async () => jetstreamManager(await nats.connection())

  return {
    db: database.db,
    databaseUrl: database.url,
    nats,
    log,
    prefix,
    logged: (message) => lines.filter(({ msg }) => msg === message),
    relay(own) {
      running.push(runRelay({ db: database.db, nats, log, prefix, signal: abort.signal, ...own }))
    },
    consume(options) {
      const { signal } = abort
      const done = consume({ nats, log, prefix, signal, durable: DURABLE, ...options })
      running.push(done)
      return done
    },
    stream: async () => (await manager()).streams.info(streamName(prefix)),
    consumer: async () => (await manager()).consumers.info(streamName(prefix), DURABLE),
    async [Symbol.asyncDispose]() {
      abort.abort()
      await Promise.all(running)
      const { streams } = await manager()
      for await (const { config } of streams.list(`${prefix}.>`)) await streams.delete(config.name)
      await nats.close()
      await database.close()
    },
  }
}
