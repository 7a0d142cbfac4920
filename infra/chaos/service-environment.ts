import { join } from 'node:path'
import { generateFernetKey } from '@telegather/secrets'
import type { Emulator } from '@telegather/telegram-emulator'
import { COMPILE_CACHE } from '../testing/compile-cache.ts'

/** Timings of leases and runs, scaled down with about the ratios of the defaults. */
export const SCALED_DOWN = {
  SESSION_LEASE_SECONDS: '2',
  SESSION_RENEW_SECONDS: '0.5',
  SESSION_MARGIN_SECONDS: '0.5',
  SESSION_PING_SECONDS: '0.5',
  SESSION_DISCONNECT_SECONDS: '1',
  SESSION_GRACE_SECONDS: '3',
  RUN_HEARTBEAT_SECONDS: '0.5',
  RUN_DEAD_SECONDS: '3',
  RUN_POLL_SECONDS: '0.5',
}

/** Longer than a lease and the grace period after it: by then another process has taken over from a frozen holder. */
export const BEYOND_LEASE_MS = 7_000

export interface Surroundings {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly emulator: Emulator
  /** Folder for files of the services. */
  readonly directory: string
}

/** Environment variables of every service of one installation. */
export function serviceEnvironment(around: Surroundings): NodeJS.ProcessEnv {
  const { postgresUrl, natsUrl, emulator, directory } = around
  return {
    ...SCALED_DOWN,
    ...COMPILE_CACHE,
    DATABASE_URL: postgresUrl,
    NATS_URL: natsUrl,
    LOG_LEVEL: 'warn',
    SESSION_ENC_KEY: generateFernetKey(),
    INTERNAL_KEY: generateFernetKey(),
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0',
    TELEGRAM_DCS: JSON.stringify(emulator.dcs),
    TELEGRAM_PUBLIC_KEY: emulator.publicKeyPem,
    LOCAL_PATH: join(directory, 'local'),
  }
}
