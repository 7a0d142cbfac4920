import { join } from 'node:path'
import { authModeOf } from '@telegather/service'
import type { StackConfig } from './config.ts'
import { STOP_RANKS, type ProcessSpec } from './processes/supervise.ts'

const STOP_TIMEOUT_MS = 15_000

/** What the services are told about the rest of the stack; all of it but the gateway runs on loopback. */
export interface Surroundings {
  readonly databaseUrl: string
  readonly natsUrl: string
  readonly sessionEncKey: string
  readonly internalKey: string
  readonly telegram: TelegramAccess
  readonly localPath: string
  readonly nasPath: string
  readonly ports: Readonly<Record<ServiceName, number>>
}

/** How Telegram is reached; data centres and key only where it is not Telegram's own. */
export interface TelegramAccess {
  readonly apiId: string
  readonly apiHash: string
  readonly dataCentres?: { readonly dcs: string; readonly publicKey: string } | undefined
}

/** The services, in the order of their ports: the first one has PORT, the others follow it. */
export const SERVICES = ['auth-gateway', 'sources', 'scraper'] as const
export type ServiceName = (typeof SERVICES)[number]

/** Half of Node's own: its young generation takes three times as much, and half of it is enough. As in the images. */
const NODE_FLAGS = ['--max-semi-space-size=8']

export function serviceProcess(
  name: ServiceName,
  config: StackConfig,
  around: Surroundings,
  onLine: (name: string, line: string) => void,
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [...NODE_FLAGS, join(config.root, 'apps', name, 'src/main.ts')],
    env: {
      // Types are stripped once. A process that finds its code here does not load the stripper: 22 MiB less.
      NODE_COMPILE_CACHE: join(config.dataDir, 'compile-cache'),
      ...serviceEnvironment(name, config, around),
    },
    cwd: config.root,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopRank: STOP_RANKS.service,
    output: { onLine: (line) => onLine(name, line) },
  }
}

/** Where this machine reaches a service. */
export function serviceUrl(
  name: ServiceName,
  config: StackConfig,
  ports: Surroundings['ports'],
): string {
  const host = hostOf(name, config)
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const address = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${address}:${ports[name]}`
}

/** Only the gateway may be for other machines too. */
function hostOf(name: ServiceName, { HOST }: Pick<StackConfig, 'HOST'>): string {
  return name === 'auth-gateway' ? HOST : '127.0.0.1'
}

/** The user's own environment, and over it what the stack decides. */
export function serviceEnvironment(
  name: ServiceName,
  config: Pick<StackConfig, 'HOST' | 'AUTH_MODE' | 'env'>,
  around: Surroundings,
): NodeJS.ProcessEnv {
  const { dataCentres } = around.telegram
  return {
    ...withoutSpellings(config.env),
    PORT: String(around.ports[name]),
    HOST: hostOf(name, config),
    AUTH_MODE: authModeOf(config),
    DATABASE_URL: around.databaseUrl,
    NATS_URL: around.natsUrl,
    SESSION_ENC_KEY: around.sessionEncKey,
    INTERNAL_KEY: around.internalKey,
    SOURCES_URL: `http://127.0.0.1:${around.ports.sources}`,
    TELEGRAM_API_ID: around.telegram.apiId,
    TELEGRAM_API_HASH: around.telegram.apiHash,
    ...(dataCentres && {
      TELEGRAM_DCS: dataCentres.dcs,
      TELEGRAM_PUBLIC_KEY: dataCentres.publicKey,
      TELEGRAM_PUBLIC_KEY_FILE: undefined,
    }),
    LOCAL_PATH: around.localPath,
    NAS_PATH: around.nasPath,
  }
}

/** Other spellings of what the stack sets: a variable and its file at once are an error. */
const OTHER_SPELLINGS = new Set([
  'NATS_URL_FILE',
  'DATABASE_URL_FILE',
  'SESSION_ENC_KEY_FILE',
  'INTERNAL_KEY_FILE',
  'ENCRYPTION_KEY',
  'ENCRYPTION_KEY_FILE',
  'API_ID',
  'API_HASH',
  'API_HASH_FILE',
  'TELEGRAM_API_HASH_FILE',
])

function withoutSpellings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OTHER_SPELLINGS.has(name)))
}
