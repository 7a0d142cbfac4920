/** `npm run keys:create-api`: creates an API key, whether the stack runs or not. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@telegather/service'
import { readStackConfig, type StackConfig } from './config.ts'
import type { Console } from './console.ts'
import { DataDirInUse } from './processes/data-dir-lock.ts'
import { prepareGround } from './ground.ts'
import { migrateDatabase } from './servers/migrate.ts'
import { NoPostgresBinaries } from './servers/postgres-binaries.ts'
import { startDatabase } from './stack.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Their messages say what to do. */
const EXPECTED = [ConfigError, DataDirInUse, NoPostgresBinaries]

/** Messages go to stderr: stdout contains only the key. */
const say = (line: string) => void process.stderr.write(`${line}\n`)
const console: Console = {
  say,
  pass: (_name, line) => say(line),
  died: ({ name, cause }) => say(`${name} ended (${cause})`),
}

async function createKey(databaseUrl: string): Promise<number> {
  const command = join(root, 'apps/auth-gateway/src/edge/keys/create-key-command.ts')
  const child = spawn(process.execPath, [command, ...process.argv.slice(2)], {
    env: { DATABASE_URL: databaseUrl },
    stdio: 'inherit',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** When no stack runs, starts Postgres for this command only. */
async function createInOwnDatabase(config: StackConfig): Promise<number> {
  const anyPorts = { PORT: 0, EMULATOR_PORT: 0, EMULATOR_CONTROL_PORT: 0 }
  const ground = await prepareGround({ ...config, ...anyPorts }, console)
  try {
    const { signal } = new AbortController()
    return await createKey(await startDatabase({ config, ground, console, signal }))
  } finally {
    await ground.leave()
  }
}

async function run(): Promise<number> {
  const config = readStackConfig(root)
  if (config.DATABASE_URL !== undefined) {
    await migrateDatabase(root, config.DATABASE_URL)
    return createKey(config.DATABASE_URL)
  }
  try {
    return await createInOwnDatabase(config)
  } catch (error) {
    const databaseUrlFile = join(config.dataDir, 'database-url')
    if (!(error instanceof DataDirInUse) || !existsSync(databaseUrlFile)) throw error
    return createKey(readFileSync(databaseUrlFile, 'utf8').trim())
  }
}

try {
  process.exit(await run())
} catch (error) {
  const isExpected = EXPECTED.some((kind) => error instanceof kind)
  say(isExpected ? (error as Error).message : String((error as Error).stack))
  process.exit(1)
}
