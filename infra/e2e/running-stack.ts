import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { z } from 'zod'
import { systemPath } from '../stack/config.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const READY_WITHIN_MS = 60_000

const StackFile = z.object({
  ready: z.literal(true),
  owner: z.object({ pid: z.int() }),
  urls: z.object({ gateway: z.string(), database: z.string() }),
  ports: z.object({ emulatorControl: z.int() }),
  processes: z.array(z.object({ name: z.string(), pid: z.int() })),
})

export interface RunningStack {
  readonly api: string
  readonly control: string
  readonly databaseUrl: string
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

/** Starts what `npm start` starts, on free ports; resolves when it is ready. */
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
  const stack = await vi.waitFor(
    async () => {
      if (child.exitCode !== null) return null
      const file = StackFile.parse(JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')))
      if (file.owner.pid !== child.pid)
        throw new Error('stack.json was written by an earlier stack')
      return file
    },
    { timeout: READY_WITHIN_MS, interval: 100 },
  )
  if (stack === null) throw new Error(`The stack has exited:\n${output}`)
  return {
    api: stack.urls.gateway,
    control: `http://127.0.0.1:${stack.ports.emulatorControl}`,
    databaseUrl: stack.urls.database,
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
