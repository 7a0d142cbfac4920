import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownIdentity } from '../stack/processes/data-dir-lock.ts'
import { isNatsReady, natsProcess } from '../stack/servers/nats.ts'
import { findNatsServer } from '../stack/servers/nats-binary.ts'
import { freePort } from '../stack/servers/ports.ts'
import {
  ensureDatabase,
  isPostgresReady,
  postgresProcess,
  preparePostgres,
} from '../stack/servers/postgres.ts'
import { createProcessGroup, type ProcessGroup } from '../stack/processes/process-group.ts'
import { openStackFile } from '../stack/processes/stack-file.ts'
import type { ProcessSpec, Supervised } from '../stack/processes/supervise.ts'
import { waitUntil } from '../stack/processes/wait-until.ts'

/** Folder of downloaded nats-server binaries, shared with `npm start`. */
const NATS_BINARIES = fileURLToPath(new URL('../../.data/nats-server', import.meta.url))

export interface Server {
  readonly url: string
  /** Stops the server, by SIGKILL or cleanly, until `start` is called. */
  readonly end: (how: 'cleanly' | 'killed') => Promise<void>
  /** Starts the server; resolves when it is ready. */
  readonly start: () => Promise<void>
}

export interface Servers {
  readonly postgres: Server
  readonly nats: Server
  readonly close: () => Promise<void>
}

/** Starts Postgres and NATS with their data in a temporary directory, which `close` deletes. */
export async function startServers(): Promise<Servers> {
  const directory = mkdtempSync(join(tmpdir(), 'telegather-chaos-'))
  const stackFile = openStackFile(join(directory, 'stack.json'), ownIdentity())
  const group = createProcessGroup(stackFile, () => {}, directory)
  const close = async () => {
    await group.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const postgres = await startPostgres(group, join(directory, 'postgres'))
    const nats = await startNats(group, join(directory, 'nats'))
    return { postgres, nats, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Starts Postgres with fsync, so that commits survive a SIGKILL. */
async function startPostgres(group: ProcessGroup, directory: string): Promise<Server> {
  const port = await freePort()
  const cluster = await preparePostgres(directory)
  const server = serverOf(group, postgresProcess(cluster, { port, durable: true }), (running) =>
    isPostgresReady(cluster, running.current()),
  )
  await server.start()
  return { ...server, url: await ensureDatabase(cluster, port) }
}

async function startNats(group: ProcessGroup, directory: string): Promise<Server> {
  const port = await freePort()
  const binary = await findNatsServer(NATS_BINARIES, (line) => process.stderr.write(`${line}\n`))
  const server = serverOf(group, natsProcess(binary, directory, port), () => isNatsReady(port))
  await server.start()
  return { ...server, url: `nats://127.0.0.1:${port}` }
}

function serverOf(
  group: ProcessGroup,
  spec: ProcessSpec,
  isReady: (running: Supervised) => boolean | Promise<boolean>,
): Omit<Server, 'url'> {
  let running: Supervised | undefined
  const { signal } = new AbortController()
  return {
    async end(how) {
      if (how === 'killed') running?.kill()
      await running?.stop()
    },
    async start() {
      const started = group.run(spec)
      running = started
      await waitUntil(() => isReady(started), { signal, processes: [started] })
    },
  }
}
