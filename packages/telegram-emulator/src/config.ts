import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

export interface Config {
  readonly port: number
  readonly controlPort: number
  /** `demo`, `empty`, or the path of a Telegram Desktop export. */
  readonly world: string
  readonly dataDir: string
  /** Undefined selects the default. */
  readonly schemaDir: string | undefined
  readonly strictOwnership: boolean
}

/** GramJS stores a data centre's port in 16 signed bits. */
export const MAX_DC_PORT = 32_767

export const USAGE = `Usage: npm run emulator -- [options]

  --port N           data centre 2 listens here; 0 picks a free port  (EMULATOR_PORT, 20443)
  --control-port N   control API, on loopback; 0 picks a free port    (EMULATOR_CONTROL_PORT, 20480)
  --world W          demo, empty, or a Telegram Desktop result.json   (demo)
  --data-dir D       keys, accounts and posts live here               (DATA_DIR/emulator, .data/emulator)
  --schema-dir S     api-<layer>.tl for older layers                  (EMULATOR_SCHEMA_DIR, ../shared/telegram-schema)
  --strict-ownership destroy an auth key that two addresses use at once
`

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const settings = z.object({
  port: z.coerce.number().int().min(0).max(MAX_DC_PORT),
  'control-port': z.coerce.number().int().min(0).max(65_535),
  world: z.string().min(1),
  'data-dir': z.string().min(1),
  'schema-dir': z.string().min(1).optional(),
  'strict-ownership': z.boolean().default(false),
})

/** Reads the command line, then the environment. Throws ConfigError that names every invalid value. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Config {
  const result = settings.safeParse({ ...defaults(env), ...readArgs(args) })
  if (!result.success) throw new ConfigError(z.prettifyError(result.error))
  const { port, 'control-port': controlPort, world, 'data-dir': dataDir } = result.data
  const { 'schema-dir': schemaDir, 'strict-ownership': strictOwnership } = result.data
  return { port, controlPort, world, dataDir, schemaDir, strictOwnership }
}

function defaults(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return {
    port: env['EMULATOR_PORT'] ?? '20443',
    'control-port': env['EMULATOR_CONTROL_PORT'] ?? '20480',
    world: 'demo',
    'data-dir': join(env['DATA_DIR'] ?? '.data', 'emulator'),
    'schema-dir': env['EMULATOR_SCHEMA_DIR'],
  }
}

function readArgs(args: readonly string[]): Record<string, string | boolean | undefined> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'control-port': { type: 'string' },
        world: { type: 'string' },
        'data-dir': { type: 'string' },
        'schema-dir': { type: 'string' },
        'strict-ownership': { type: 'boolean' },
      },
    })
    return values
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause })
  }
}
