import { sleep } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { addBackgroundVerification, claimVerification, keepClaim } from '../verify/queries.ts'
import { verifySource, type VerifyDeps } from '../verify/verify-source.ts'

export interface VerifyOptions {
  readonly pollMs: number
  readonly heartbeatMs: number
  /** A worker that is silent for so long loses its verification to another one. */
  readonly deadAfterMs: number
  /** The background check looks at each source once in so many days; 0 turns it off. */
  readonly backgroundDays: number
}

/** Claims and executes file verifications, one at a time, until the signal aborts. */
export async function runVerifications(
  deps: VerifyDeps,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<void> {
  const { pollMs, deadAfterMs, backgroundDays } = options
  while (!signal.aborted) {
    try {
      const claim = { workerId: uuidv7(), deadAfterMs }
      const verification = await claimVerification(deps.db, claim)
      if (verification !== null) {
        await withHeartbeat(deps, options, { verification, signal })
        continue
      }
      if (backgroundDays > 0)
        await addBackgroundVerification(deps.db, { id: uuidv7(), everyDays: backgroundDays })
    } catch (error) {
      deps.log.warn({ err: error }, 'verification.poll_failed')
    }
    await sleep(pollMs, signal)
  }
}

type Claimed = NonNullable<Awaited<ReturnType<typeof claimVerification>>>

/** Files take as long as they take: heartbeats keep the claim meanwhile. */
async function withHeartbeat(
  deps: VerifyDeps,
  { heartbeatMs }: VerifyOptions,
  { verification, signal }: { readonly verification: Claimed; readonly signal: AbortSignal },
): Promise<void> {
  const over = new AbortController()
  const beating = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await sleep(heartbeatMs, over.signal)
      await keepClaim(deps.db, verification).catch((error: unknown) =>
        deps.log.warn({ err: error }, 'verification.heartbeat_failed'),
      )
    }
  }
  const beats = beating()
  try {
    await verifySource(deps, verification, signal)
  } finally {
    over.abort()
    await beats
  }
}
