import { join } from 'node:path'
import { authModeOf } from '@telegather/service'
import type { StackConfig } from './config.ts'
import { STOP_RANKS, type ProcessSpec } from './processes/supervise.ts'

const STOP_TIMEOUT_MS = 15_000

/** Addresses, keys and paths that the stack passes to the services. Only the gateway may listen beyond loopback. */
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

/** Telegram application; data centres and public key only for the emulator. */
export interface TelegramAccess {
  readonly apiId: string
  readonly apiHash: string
  readonly dataCentres?: { readonly dcs: string; readonly publicKey: string } | undefined
}

/** The services in the order of their ports: the first has PORT, the others the next ports. */
export const SERVICES = ['auth-gateway', 'sources', 'scraper'] as const
export type ServiceName = (typeof SERVICES)[number]

/** Half of Node's default, as in the images. The young generation takes three times this size. */
const NODE_FLAGS = ['--max-semi-space-size=8']

export function serviceProcess(
  name: ServiceName,
  config: StackConfig,
  surroundings: Surroundings,
  onLine: (name: string, line: string) => void,
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [...NODE_FLAGS, join(config.root, 'apps', name, 'src/main.ts')],
    env: {
      // Caches stripped code. A process that finds its code here does not load the type stripper, which saves 22 MiB.
      NODE_COMPILE_CACHE: join(config.dataDir, 'compile-cache'),
      ...serviceEnvironment(name, config, surroundings),
    },
    cwd: config.root,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopRank: STOP_RANKS.service,
    output: { onLine: (line) => onLine(name, line) },
  }
}

/** URL of a service on this machine. */
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

/** Only the gateway may listen beyond loopback. */
function hostOf(name: ServiceName, { HOST }: Pick<StackConfig, 'HOST'>): string {
  return name === 'auth-gateway' ? HOST : '127.0.0.1'
}

/** The user's environment, overridden by the variables that the stack sets. */
export function serviceEnvironment(
  name: ServiceName,
  config: Pick<StackConfig, 'HOST' | 'AUTH_MODE' | 'env'>,
  surroundings: Surroundings,
): NodeJS.ProcessEnv {
  const { dataCentres } = surroundings.telegram
  return {
    ...withoutSpellings(config.env),
    PORT: String(surroundings.ports[name]),
    HOST: hostOf(name, config),
    AUTH_MODE: authModeOf(config),
    DATABASE_URL: surroundings.databaseUrl,
    NATS_URL: surroundings.natsUrl,
    SESSION_ENC_KEY: surroundings.sessionEncKey,
    INTERNAL_KEY: surroundings.internalKey,
    SOURCES_URL: `http://127.0.0.1:${surroundings.ports.sources}`,
    TELEGRAM_API_ID: surroundings.telegram.apiId,
    TELEGRAM_API_HASH: surroundings.telegram.apiHash,
    ...(dataCentres && {
      TELEGRAM_DCS: dataCentres.dcs,
      TELEGRAM_PUBLIC_KEY: dataCentres.publicKey,
      TELEGRAM_PUBLIC_KEY_FILE: undefined,
    }),
    LOCAL_PATH: surroundings.localPath,
    NAS_PATH: surroundings.nasPath,
  }
}

/** Aliases and `_FILE` names of variables that the stack sets. They are removed: giving a variable twice is an error. */
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
