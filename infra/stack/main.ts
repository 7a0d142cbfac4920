/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@telegather/service'
import { describeStack } from './announcement.ts'
import { readStackConfig } from './config.ts'
import { createConsole } from './console.ts'
import { DataDirInUse } from './processes/data-dir-lock.ts'
import { NoApiKey } from './keys/first-key.ts'
import { prepareGround } from './ground.ts'
import { NoNatsServer } from './servers/nats-binary.ts'
import { PortTaken } from './servers/ports.ts'
import { NoPostgresBinaries } from './servers/postgres-binaries.ts'
import { startStack } from './stack.ts'
import { watchStopRequests } from './processes/stop-requests.ts'
import { ProcessHopeless } from './processes/supervise.ts'

/** Their messages say what to do; a stack trace would hide it. */
const EXPECTED = [
  ConfigError,
  DataDirInUse,
  NoApiKey,
  NoNatsServer,
  NoPostgresBinaries,
  PortTaken,
  ProcessHopeless,
]

const root = fileURLToPath(new URL('../..', import.meta.url))
const console = await createConsole(process.stdout)

async function run(): Promise<void> {
  const config = readStackConfig(root)
  const requests = watchStopRequests()
  const ground = await prepareGround(config, console)
  requests.onForce(() => {
    ground.group.kill()
    process.exit(1)
  })
  try {
    const gatewayUrl = await startStack({ config, ground, console, signal: requests.signal })
    console.say(describeStack({ config, gatewayUrl, databaseUrlFile: ground.databaseUrlFile }))
    await requests.stopped
  } catch (error) {
    if (!requests.signal.aborted) throw error
  } finally {
    console.say('Stopping …')
    await ground.leave()
  }
}

try {
  await run()
  process.exit(0)
} catch (error) {
  const isExpected = EXPECTED.some((kind) => error instanceof kind)
  process.stderr.write(`${isExpected ? (error as Error).message : (error as Error).stack}\n`)
  process.exit(1)
}
