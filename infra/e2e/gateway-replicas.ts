import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { generateFernetKey } from '@telegather/secrets'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { vi } from 'vitest'
import { COMPILE_CACHE } from '../testing/compile-cache.ts'
import { ownIdentity } from '../stack/processes/data-dir-lock.ts'
import { freePort } from '../stack/servers/ports.ts'
import { createProcessGroup } from '../stack/processes/process-group.ts'
import { startNats } from '../stack/servers/start-servers.ts'
import { openStackFile } from '../stack/processes/stack-file.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const NATS_BINARIES = join(CHECKOUT, '.data', 'nats-server')
const READY_WITHIN_MS = 60_000

export interface Replica {
  readonly url: string
  /** Kills the process by SIGKILL; resolves when it has exited. */
  kill(): Promise<void>
  /** Starts a process on the same port; resolves when it answers. */
  start(): Promise<void>
}

/** Gateway processes with AUTH_MODE keys that share one Postgres, one NATS and one emulator. */
export interface GatewayReplicas {
  readonly replicas: readonly Replica[]
  readonly env: Readonly<Record<string, string>>
  readonly database: TestDatabase
  readonly emulator: Emulator
  readonly natsUrl: string
  /** Stdout and stderr of all processes. */
  output(): string
  /** Creates an API key by the command; returns the key. */
  createKey(...args: string[]): Promise<string>
  close(): Promise<void>
}

export async function startReplicas(postgresUrl: string, count: number): Promise<GatewayReplicas> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-replicas-'))
  let output = ''
  const group = createProcessGroup(
    openStackFile(join(directory, 'stack.json'), ownIdentity()),
    ({ name }) => (output += `${name} ended`),
    directory,
  )
  const natsUrl = await startNats(group, {
    directory: join(directory, 'nats'),
    binaries: NATS_BINARIES,
    port: await freePort(),
    announce: () => {},
    signal: new AbortController().signal,
  })
  const database = await createTestDatabase(postgresUrl)
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  const env = environment(database.url, natsUrl, emulator)
  const gateway = async (index: number) =>
    createReplica(
      { ...env, PORT: String(await freePort()), EGRESS_ADDRESS: `127.0.0.${31 + index}` },
      (text) => (output += text),
    )
  const replicas = await Promise.all(Array.from({ length: count }, (_, index) => gateway(index)))

  return {
    replicas,
    env,
    database,
    emulator,
    natsUrl,
    output: () => output,
    async createKey(...args) {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['apps/auth-gateway/src/edge/keys/create-key-command.ts', ...args],
        { cwd: CHECKOUT, env },
      )
      output += stderr
      return stdout.trim()
    },
    async close() {
      await Promise.all(replicas.map((replica) => replica.kill()))
      await emulator.close()
      await database.close()
      await group.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function environment(databaseUrl: string, natsUrl: string, emulator: Emulator) {
  return {
    ...COMPILE_CACHE,
    AUTH_MODE: 'keys',
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    LOG_LEVEL: 'trace',
    SESSION_ENC_KEY: generateFernetKey(),
    INTERNAL_KEY: generateFernetKey(),
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: 'canary0configured0api0hash0canary',
    TELEGRAM_DCS: JSON.stringify(emulator.dcs),
    TELEGRAM_PUBLIC_KEY: emulator.publicKeyPem,
  }
}

function createReplica(
  env: Readonly<Record<string, string>>,
  onOutput: (text: string) => void,
): Replica {
  const url = `http://127.0.0.1:${env['PORT']}`
  let running: ChildProcess | null = null
  return {
    url,
    async start() {
      const child = spawn(process.execPath, ['apps/auth-gateway/src/main.ts'], {
        cwd: CHECKOUT,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      running = child
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', onOutput)
      await vi.waitFor(async () => (await fetch(`${url}/health`)).body?.cancel(), {
        timeout: READY_WITHIN_MS,
        interval: 100,
      })
    },
    async kill() {
      if (running === null || running.exitCode !== null || running.signalCode !== null) return
      const exited = once(running, 'exit')
      running.kill('SIGKILL')
      await exited
    },
  }
}
