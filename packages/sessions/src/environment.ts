import { createKeyRing, InvalidKey } from '@telegather/secrets'
import { variable } from '@telegather/service'
import { z } from 'zod'
import type { Bots } from './bots/bot-session.ts'
import {
  DEFAULT_DEVICE,
  DEFAULT_KEEP_ALIVE,
  type TelegramConfig,
} from '@telegather/telegram/client-config'
import { DEFAULT_TIMINGS, GRACE_OVER_DISCONNECT_MS, type LeaseTimings } from './timings.ts'

const DataCentres = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('expected JSON')
      return z.NEVER
    }
  })
  .pipe(
    z
      .array(
        z.object({ id: z.int().min(1), ip: z.string().min(1), port: z.int().min(1).max(65_535) }),
      )
      .min(1),
  )

const Keys = z.string().transform((keys, context) => {
  try {
    return createKeyRing(keys)
  } catch (error) {
    if (!(error instanceof InvalidKey)) throw error
    context.addIssue(error.message)
    return z.NEVER
  }
})

const seconds = z.coerce.number('expected seconds').positive().max(3600)

/** The variables of every process that opens sessions. */
export const telegramVariables = {
  SESSION_ENC_KEY: variable(Keys, { secret: true, alias: 'ENCRYPTION_KEY' }),
  TELEGRAM_API_ID: variable(
    z.coerce.number('expected the number from my.telegram.org').int().min(1),
    { alias: 'API_ID' },
  ),
  TELEGRAM_API_HASH: variable(z.string().min(1), { secret: true, alias: 'API_HASH' }),
  TELEGRAM_DCS: DataCentres.optional(),
  TELEGRAM_PUBLIC_KEY: variable(
    z
      .string()
      .regex(/-----BEGIN (RSA )?PUBLIC KEY-----/, 'expected an RSA public key in PEM')
      .optional(),
    { secret: true },
  ),
  SESSION_LEASE_SECONDS: seconds.default(DEFAULT_TIMINGS.leaseMs / 1000),
  SESSION_RENEW_SECONDS: seconds.default(DEFAULT_TIMINGS.renewMs / 1000),
  SESSION_MARGIN_SECONDS: seconds.default(DEFAULT_TIMINGS.marginMs / 1000),
  SESSION_GRACE_SECONDS: seconds.default(DEFAULT_TIMINGS.graceMs / 1000),
  SESSION_PING_SECONDS: seconds.default(DEFAULT_KEEP_ALIVE.intervalMs / 1000),
  SESSION_DISCONNECT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(DEFAULT_KEEP_ALIVE.disconnectAfterSeconds),
  EGRESS_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'expected a local IP address').optional(),
}

/** The variables of processes whose bots read public channels for sources without a session. */
export const botVariables = {
  BOT_TOKEN: variable(
    z
      .string()
      .regex(/^\d{1,18}:[\w-]{20,}$/, 'expected a token from @BotFather')
      .optional(),
    { secret: true },
  ),
}

const telegramSchema = z.object(telegramVariables)

type TelegramEnvironment = z.output<typeof telegramSchema>

/** A `superRefine` check. Refuses timings with which two processes could be connected with one session at once. */
export function checkLeaseTimings(env: TelegramEnvironment, context: z.RefinementCtx): void {
  const refuse = (variable: keyof TelegramEnvironment, message: string) =>
    context.addIssue({ code: 'custom', path: [variable], message })
  const least = env.SESSION_DISCONNECT_SECONDS + GRACE_OVER_DISCONNECT_MS / 1000
  if (env.SESSION_GRACE_SECONDS < least)
    refuse('SESSION_GRACE_SECONDS', `expected at least SESSION_DISCONNECT_SECONDS + 2, ${least}`)
  if (env.SESSION_PING_SECONDS >= env.SESSION_DISCONNECT_SECONDS)
    refuse('SESSION_PING_SECONDS', 'expected less than SESSION_DISCONNECT_SECONDS')
  if (env.SESSION_RENEW_SECONDS * 2 > env.SESSION_LEASE_SECONDS - env.SESSION_MARGIN_SECONDS)
    refuse(
      'SESSION_RENEW_SECONDS',
      'expected at most half of SESSION_LEASE_SECONDS less the margin',
    )
}

/** The lease timings for `createSessions`. */
export function leaseTimings(env: TelegramEnvironment): LeaseTimings {
  return {
    leaseMs: env.SESSION_LEASE_SECONDS * 1000,
    renewMs: env.SESSION_RENEW_SECONDS * 1000,
    marginMs: env.SESSION_MARGIN_SECONDS * 1000,
    graceMs: env.SESSION_GRACE_SECONDS * 1000,
  }
}

/** Uses Telegram's own data centres, unless `TELEGRAM_DCS` and `TELEGRAM_PUBLIC_KEY` are set. */
export function telegramConfig(env: TelegramEnvironment): TelegramConfig {
  return {
    api: { apiId: env.TELEGRAM_API_ID, apiHash: env.TELEGRAM_API_HASH },
    device: DEFAULT_DEVICE,
    dcs: env.TELEGRAM_DCS ?? null,
    publicKeyPem: env.TELEGRAM_PUBLIC_KEY ?? null,
    egressAddress: env.EGRESS_ADDRESS ?? null,
    keepAlive: {
      intervalMs: env.SESSION_PING_SECONDS * 1000,
      disconnectAfterSeconds: env.SESSION_DISCONNECT_SECONDS,
    },
  }
}

/** Configures the bots that read for sources. `BOT_TOKEN` is the token of the operator's bot. */
export function botsConfig(
  env: TelegramEnvironment & { readonly BOT_TOKEN?: string | undefined },
): Bots {
  return {
    keys: env.SESSION_ENC_KEY,
    telegram: telegramConfig(env),
    token: env.BOT_TOKEN ?? null,
  }
}
