import { isNatsReady, natsProcess } from './nats.ts'
import { findNatsServer } from './nats-binary.ts'
import {
  DEFAULT_MAX_CONNECTIONS,
  ensureDatabase,
  isPostgresReady,
  postgresProcess,
  preparePostgres,
} from './postgres.ts'
import type { ProcessGroup } from '../processes/process-group.ts'
import { waitUntil } from '../processes/wait-until.ts'

export interface ServerOptions {
  readonly directory: string
  /** A free one. */
  readonly port: number
  readonly signal: AbortSignal
}

/** Starts an embedded Postgres on `directory`; resolves with the URL of its database when it is ready. */
export async function startPostgres(
  group: ProcessGroup,
  {
    directory,
    port,
    signal,
    durable,
    maxConnections = DEFAULT_MAX_CONNECTIONS,
  }: ServerOptions & { readonly durable: boolean; readonly maxConnections?: number },
): Promise<string> {
  const cluster = await preparePostgres(directory)
  const server = group.run(postgresProcess(cluster, { port, durable, maxConnections }))
  const isReady = () => isPostgresReady(cluster, server.current())
  await waitUntil(isReady, { signal, processes: [server] })
  return ensureDatabase(cluster, port)
}

/** Starts a nats-server; resolves with its URL when it is ready. `binaries` is the cache of a downloaded one. */
export async function startNats(
  group: ProcessGroup,
  {
    directory,
    port,
    signal,
    binaries,
    announce,
  }: ServerOptions & {
    readonly binaries: string
    readonly announce: (line: string) => void
  },
): Promise<string> {
  const binary = await findNatsServer(binaries, announce)
  const server = group.run(natsProcess(binary, directory, port))
  await waitUntil(() => isNatsReady(port), { signal, processes: [server] })
  return `nats://127.0.0.1:${port}`
}
