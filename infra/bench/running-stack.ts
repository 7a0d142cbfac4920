import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { generateFernetKey } from '@telegather/secrets'
import { z } from 'zod'
import { systemPath } from '../stack/config.ts'
import { deriveInternalKey } from '../stack/keys/internal-key.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const READY_WITHIN_MS = 180_000

const StackFile = z.object({
  ready: z.literal(true),
  urls: z.object({ gateway: z.string(), database: z.string() }),
  ports: z.object({ emulatorControl: z.int(), sources: z.int() }),
  processes: z.array(z.object({ name: z.string(), pid: z.int() })),
})

/** A stack like that of `npm start`, on free ports. */
export interface RunningStack {
  readonly api: string
  readonly control: string
  readonly databaseUrl: string
  readonly scraperPid: number
  /** URL of the sources service, which requires requests signed with `internalKey`. */
  readonly sourcesUrl: string
  readonly internalKey: string
  readonly postgresLog: string
  stop(): Promise<void>
}

export async function startStack(dataDir: string): Promise<RunningStack> {
  const ports = { PORT: '0', EMULATOR_PORT: '0', EMULATOR_CONTROL_PORT: '0' }
  const sessionEncKey = generateFernetKey()
  const child = spawn(process.execPath, ['infra/stack/main.ts'], {
    cwd: CHECKOUT,
    env: { PATH: systemPath(), DATA_DIR: dataDir, SESSION_ENC_KEY: sessionEncKey, ...ports },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; await delay(100)) {
    if (child.exitCode !== null) throw new Error(`the stack ended with code ${child.exitCode}`)
    const file = StackFile.safeParse(await readJson(join(dataDir, 'stack.json')))
    if (!file.success) continue
    const { urls, ports, processes } = file.data
    return {
      api: urls.gateway,
      control: `http://127.0.0.1:${ports.emulatorControl}`,
      databaseUrl: urls.database,
      sourcesUrl: `http://127.0.0.1:${ports.sources}`,
      internalKey: deriveInternalKey(sessionEncKey),
      postgresLog: join(dataDir, 'postgres', 'server.log'),
      scraperPid: processes.find(({ name }) => name === 'scraper')?.pid ?? 0,
      stop,
    }
  }
  await stop()
  throw new Error('the stack did not get ready')
}

/** Null while the file is missing or incomplete. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}
