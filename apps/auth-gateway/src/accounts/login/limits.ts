import { rateLimits, type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { RateLimiterDrizzle, RateLimiterRes } from 'rate-limiter-flexible'
import { addressBlock } from './address-block.ts'
import type { Limit, LoginLimitEnvironment } from './limit-variables.ts'

export interface LoginStart {
  /** Null for a login by QR code. */
  readonly phoneNumber: string | null
  /** Address of the client. */
  readonly address: string
}

export interface LoginLimits {
  readonly triesPerCode: number
  /**
   * Counts a login against every limit, then calls `work`. When `work` throws, the login is not counted. Throws
   * `rate_limited` with the seconds to wait when a limit is exceeded.
   */
  readonly spend: <T>(start: LoginStart, work: () => Promise<T>) => Promise<T>
}

/** The rate limits of logins. The counters are in Postgres, so all replicas share them. */
export function createLoginLimits(db: Db, env: LoginLimitEnvironment): LoginLimits {
  const counters = (name: string, limits: readonly Limit[]) =>
    limits.map(
      ({ points, seconds }) =>
        new RateLimiterDrizzle({
          storeClient: db,
          schema: rateLimits,
          keyPrefix: `login_${name}_${seconds}`,
          points,
          duration: seconds,
          clearExpiredByTimeout: false,
        }),
    )
  const ofPhone = counters('phone', env.LOGIN_LIMIT_PHONE)
  const ofAddress = counters('address', env.LOGIN_LIMIT_ADDRESS)
  const ofAll = counters('total', env.LOGIN_LIMIT_TOTAL)

  // Check address, phone, then global: a client that its own limit refuses must not use up the global limit.
  const countersOf = ({ phoneNumber, address }: LoginStart): Counted[] => [
    ...ofAddress.map((counter) => ({ counter, key: addressBlock(address) })),
    ...(phoneNumber === null ? [] : ofPhone.map((counter) => ({ counter, key: phoneNumber }))),
    ...ofAll.map((counter) => ({ counter, key: 'all' })),
  ]

  async function spend<T>(start: LoginStart, work: () => Promise<T>): Promise<T> {
    const counted = countersOf(start)
    for (const limit of counted) await count(limit)
    try {
      return await work()
    } catch (error) {
      for (const { counter, key } of counted) await counter.reward(key)
      throw error
    }
  }

  return { triesPerCode: env.LOGIN_TRIES_PER_CODE, spend }
}

interface Counted {
  readonly counter: RateLimiterDrizzle
  readonly key: string
}

async function count({ counter, key }: Counted): Promise<void> {
  try {
    await counter.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new DomainError('rate_limited', 'Too many logins were started; try again later', {
      retryAfterSeconds: refusal.msBeforeNext / 1000,
    })
  }
}
