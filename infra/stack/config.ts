import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import {
  authMode,
  ConfigError,
  databaseUrl,
  host,
  internalKey,
  isLoopback,
  natsUrl,
  parseConfig,
  port,
  refuseOpenHost,
  variable,
} from '@telegather/service'
import { telegramVariables } from '@telegather/sessions/environment'
import { z } from 'zod'
import {
  neededConnections,
  problemsOf,
  serviceProblems,
  SPARE_CONNECTIONS,
} from './service-problems.ts'
import { DEFAULT_MAX_CONNECTIONS } from './servers/postgres.ts'

/** GramJS keeps a data centre's port in 16 signed bits. */
export const MAX_DATA_CENTRE_PORT = 32_767

const expectedDataCentrePort = `expected a port number, 0 to ${MAX_DATA_CENTRE_PORT} (0 takes a free one); GramJS cannot store higher ones`

const dataCentrePort = z.coerce
  .number(expectedDataCentrePort)
  .int(expectedDataCentrePort)
  .min(0, expectedDataCentrePort)
  .max(MAX_DATA_CENTRE_PORT, expectedDataCentrePort)

const DEFAULT_PORTS = { PORT: 8000, EMULATOR_PORT: 20_443, EMULATOR_CONTROL_PORT: 20_480 } as const
type PortVariable = keyof typeof DEFAULT_PORTS
const PORT_VARIABLES = Object.keys(DEFAULT_PORTS) as PortVariable[]

const expectedConnections = 'expected 30 to 10000'

/** The variables of the stack; all others are passed to the services. Port 0 means any free port. */
export const configSchema = z
  .object({
    HOST: host.default('127.0.0.1'),
    AUTH_MODE: authMode,
    INTERNAL_KEY: variable(internalKey.optional(), { secret: true }),
    PORT: port.default(DEFAULT_PORTS.PORT),
    EMULATOR_PORT: dataCentrePort.default(DEFAULT_PORTS.EMULATOR_PORT),
    EMULATOR_CONTROL_PORT: port.default(DEFAULT_PORTS.EMULATOR_CONTROL_PORT),
    DATA_DIR: z.string().default('.data'),
    DATABASE_URL: variable(databaseUrl.optional(), { secret: true }),
    NATS_URL: variable(natsUrl.optional(), { secret: true }),
    POSTGRES_MAX_CONNECTIONS: z.coerce
      .number(expectedConnections)
      .int(expectedConnections)
      .min(30, expectedConnections)
      .max(10_000, expectedConnections)
      .default(DEFAULT_MAX_CONNECTIONS),
    TELEGRAM_API_ID: variable(textOf(telegramVariables.TELEGRAM_API_ID).optional(), {
      alias: 'API_ID',
    }),
    TELEGRAM_API_HASH: variable(z.string().optional(), { secret: true, alias: 'API_HASH' }),
    SESSION_ENC_KEY: variable(textOf(telegramVariables.SESSION_ENC_KEY).optional(), {
      secret: true,
      alias: 'ENCRYPTION_KEY',
    }),
    LOCAL_PATH: z.string().optional(),
    NAS_PATH: z.string().optional(),
  })
  .superRefine(refuseOpenHost, unlessBad('HOST', 'AUTH_MODE'))
  .superRefine(refuseGeneratedKey, unlessBad('HOST', 'SESSION_ENC_KEY'))
  .superRefine(refuseHalfAnApplication, unlessBad())
  .superRefine(refuseSharedPorts, unlessBad(...PORT_VARIABLES))

/** Validates with `schema` but returns the text unparsed: the service parses it itself. */
function textOf(schema: z.ZodType): z.ZodString {
  return z.string().superRefine((text, context) => {
    const issues = schema.safeParse(text).error?.issues ?? []
    for (const { message } of issues) context.addIssue(message)
  })
}

/** Runs a check of several variables unless one of them is invalid. */
function unlessBad(...variables: string[]): z.core.$ZodSuperRefineParams {
  return { when: ({ issues }) => !issues.some(({ path }) => variables.includes(String(path?.[0]))) }
}

/** A generated key is stored beside the data that it encrypts. That is allowed only on loopback. */
function refuseGeneratedKey(
  { HOST, SESSION_ENC_KEY }: { HOST: string; SESSION_ENC_KEY?: string | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (isLoopback(HOST) || SESSION_ENC_KEY !== undefined) return
  const message = 'needed when HOST is not loopback; npm run keys:generate makes one'
  context.addIssue({ code: 'custom', path: ['SESSION_ENC_KEY'], message })
}

interface Application {
  readonly TELEGRAM_API_ID?: string | undefined
  readonly TELEGRAM_API_HASH?: string | undefined
}

function refuseHalfAnApplication(application: Application, context: z.core.$RefinementCtx): void {
  const names = ['TELEGRAM_API_ID', 'TELEGRAM_API_HASH'] as const
  const missing = names.filter((name) => application[name] === undefined)
  if (missing.length !== 1) return
  const message = `expected together with ${names.find((name) => !missing.includes(name))}; with neither, the emulator is used`
  context.addIssue({ code: 'custom', path: missing, message })
}

function refuseSharedPorts(
  config: Application & Readonly<Record<PortVariable, number>>,
  context: z.core.$RefinementCtx,
): void {
  if (telegramApplication(config) !== undefined) return
  const isDefault = (name: PortVariable) => config[name] === DEFAULT_PORTS[name]
  // Defaults first, so that the error names the variable that was set.
  const names = [
    ...PORT_VARIABLES.filter(isDefault),
    ...PORT_VARIABLES.filter((name) => !isDefault(name)),
  ]
  const owners = new Map<number, PortVariable>()
  for (const name of names) {
    const owner = owners.get(config[name])
    if (owner === undefined || config[name] === 0) {
      owners.set(config[name], name)
      continue
    }
    const message = `${config[name]} is ${owner} already; each needs a port of its own`
    context.addIssue({ code: 'custom', path: [name], message })
  }
}

/** The application that the user registered with Telegram; undefined means the emulator. */
export function telegramApplication(
  config: Application,
): { apiId: string; apiHash: string } | undefined {
  const { TELEGRAM_API_ID: apiId, TELEGRAM_API_HASH: apiHash } = config
  return apiId === undefined || apiHash === undefined ? undefined : { apiId, apiHash }
}

/** Throws `ConfigError` when the services may open more connections than the embedded Postgres accepts. */
function refuseTooManyConnections(
  { POSTGRES_MAX_CONNECTIONS: max }: z.output<typeof configSchema>,
  env: NodeJS.ProcessEnv,
): void {
  const needed = neededConnections(env)
  if (needed > max)
    throw new ConfigError([
      {
        variable: 'POSTGRES_MAX_CONNECTIONS',
        expected: `expected at least ${needed}: what the services may open, and ${SPARE_CONNECTIONS} more`,
      },
    ])
}

export interface StackConfig extends z.output<typeof configSchema> {
  /** Absolute path of the checkout. */
  readonly root: string
  /** Absolute. */
  readonly dataDir: string
  /** Environment of the services: `.env` of the checkout, overridden by this process's environment. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * Reads the environment and the checkout's `.env`. Throws `ConfigError`, which names every bad variable of the stack
 * and of the services.
 */
export function readStackConfig(root: string): StackConfig {
  const env = mergeEnvironment(readDotEnv(join(root, '.env')), process.env)
  const problems = [...problemsOf(configSchema, env), ...serviceProblems(env)]
  if (problems.length > 0) throw new ConfigError(firstOfEach(problems))
  const config = parseConfig(configSchema, env)
  if (config.DATABASE_URL === undefined) refuseTooManyConnections(config, env)
  return { ...config, root, env, dataDir: resolve(root, config.DATA_DIR) }
}

/** Removes duplicates: services share variables. */
function firstOfEach(problems: ConfigError['problems']): ConfigError['problems'] {
  const byVariable = Map.groupBy(problems, ({ variable }) => variable)
  return [...byVariable.values()].flatMap((same) => same.slice(0, 1))
}

/** Environment variables override the file, except empty ones. */
function mergeEnvironment(
  file: NodeJS.Dict<string>,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const given = Object.entries(environment).filter(([, value]) => value !== '')
  return { ...file, ...Object.fromEntries(given) }
}

function readDotEnv(path: string): NodeJS.Dict<string> {
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {}
}

/** The directories of `PATH`. */
export function systemPath(): string {
  return process.env['PATH'] ?? ''
}
