import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { systemPath } from '../stack/config.ts'
import { deriveInternalKey } from '../stack/keys/internal-key.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const READY_WITHIN_MS = 180_000

const StackFile = z.object({
  ready: z.literal(true),
  owner: z.object({ pid: z.int() }),
  urls: z.object({ gateway: z.string(), database: z.string() }),
  ports: z.object({ emulatorControl: z.int(), sources: z.int() }),
  processes: z.array(z.object({ name: z.string(), pid: z.int() })),
})

export interface RunningStack {
  readonly api: string
  readonly control: string
  readonly databaseUrl: string
  /** URL of the sources service, which requires requests signed with `internalKey`. */
  readonly sourcesUrl: string
  readonly internalKey: string
  readonly scraperPid: number
  /** Servers and services of the stack. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[]
  /** Postgres' log file. */
  readonly postgresLog: string
  /** Folder of target LOCAL. */
  readonly localPath: string
  /** Stdout and stderr of all processes. */
  output(): string
  /** Stops the stack by SIGTERM; throws when its exit code is not 0. */
  stop(): Promise<void>
  /** Kills all processes of the stack by SIGKILL. */
  kill(): Promise<void>
}

/** Creates a temporary data directory. */
export async function createDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'telegather-e2e-'))
}

/** Starts the same as `npm start`, on free ports; resolves when it is ready. */
export async function startStack(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningStack> {
  const child = spawn(process.execPath, ['infra/stack/main.ts'], {
    cwd: CHECKOUT,
    env: {
      PATH: systemPath(),
      DATA_DIR: dataDir,
      PORT: '0',
      EMULATOR_PORT: '0',
      EMULATOR_CONTROL_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const exited = once(child, 'exit')
  const stack = await untilReady(dataDir, child)
  if (stack === null) {
    child.kill('SIGTERM')
    await exited
    throw new Error(`The stack did not get ready:\n${output}`)
  }
  const sessionEncKey =
    env['SESSION_ENC_KEY'] ?? (await readFile(join(dataDir, 'session-enc-key'), 'utf8')).trim()
  return {
    api: stack.urls.gateway,
    control: `http://127.0.0.1:${stack.ports.emulatorControl}`,
    databaseUrl: stack.urls.database,
    sourcesUrl: `http://127.0.0.1:${stack.ports.sources}`,
    internalKey: deriveInternalKey(sessionEncKey),
    scraperPid: stack.processes.find(({ name }) => name === 'scraper')?.pid ?? 0,
    processes: stack.processes,
    postgresLog: join(dataDir, 'postgres', 'server.log'),
    localPath: join(dataDir, 'archive', 'local'),
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await exited) as [number | null]
      if (code !== 0) throw new Error(`The stack exited with code ${code}:\n${output}`)
    },
    async kill() {
      child.kill('SIGKILL')
      for (const { pid } of stack.processes) process.kill(pid, 'SIGKILL')
      await exited
    },
  }
}

/** The stack's file once the stack is ready; null when it has exited before, or needs longer than the limit. */
async function untilReady(dataDir: string, child: ChildProcess) {
  const giveUpAt = performance.now() + READY_WITHIN_MS
  while (child.exitCode === null && performance.now() < giveUpAt) {
    const file = StackFile.safeParse(await readJson(join(dataDir, 'stack.json')))
    // An earlier stack may have left its file.
    if (file.success && file.data.owner.pid === child.pid) return file.data
    await delay(100)
  }
  return null
}

/** Null while the file is missing or incomplete. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}
