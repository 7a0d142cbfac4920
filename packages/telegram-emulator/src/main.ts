import { ConfigError, readConfig, USAGE } from './config.ts'
import { DesktopExportError } from './desktop/export-error.ts'
import { startEmulator, type OpenEmulator } from './emulator.ts'
import { PortTakenError } from './ports.ts'
import { DEMO_BOT, DEMO_PHONES } from './world/demo-accounts.ts'
import { JournalError } from './world/journal.ts'

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2))
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const emulator = await startEmulator(config)
  process.stdout.write(announcement(emulator, config.dataDir))
  await stopped
  await emulator.close()
}

/** Errors that the user can correct: they are printed without a stack trace. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigError ||
    error instanceof PortTakenError ||
    error instanceof DesktopExportError ||
    error instanceof JournalError ||
    (error instanceof Error && 'syscall' in error)
  )
}

function announcement(emulator: OpenEmulator, dataDir: string): string {
  const channels = [...emulator.world.channels.all()]
  return [
    'Telegram emulator',
    ...emulator.dcs.map(({ id, ip, port }) => `  DC ${id}         ${ip}:${port}`),
    `  control API  ${emulator.controlUrl}  (RSA key: GET /key)`,
    `  layers       ${emulator.layers.join(', ')}`,
    `  data         ${dataDir}`,
    `  channels     ${channels.length}`,
    'Sign in with any api_id as',
    ...DEMO_PHONES.map(
      ({ phone, code, password }) =>
        `  ${phone}  code ${code}${password === null ? '' : `  password ${password}`}`,
    ),
    `  bot ${DEMO_BOT.token}`,
    '  or any +99966XYYYY: lives on DC X (2 or 4), code XXXXX, created on first use',
    '',
  ].join('\n')
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${isExpected(error) ? error.message : String((error as Error).stack)}\n`)
  if (error instanceof ConfigError) process.stderr.write(USAGE)
  process.exitCode = 1
}
