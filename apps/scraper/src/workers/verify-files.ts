import { sleep } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { addBackgroundVerification, claimVerification, keepClaim } from '../verify/queries.ts'
import { verifySource, type VerifyDeps } from '../verify/verify-source.ts'

export interface VerifyOptions {
  readonly pollMs: number
  readonly heartbeatMs: number
  /** A verification without a heartbeat for this long is taken over by another worker. */
  readonly deadAfterMs: number
  /** The background check verifies each source once in this many days; 0 turns it off. */
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

/** Executes a verification. Heartbeats keep the claim, because one batch may take longer than `deadAfterMs`. */
async function withHeartbeat(
  deps: VerifyDeps,
  { heartbeatMs }: VerifyOptions,
  { verification, signal }: { readonly verification: Claimed; readonly signal: AbortSignal },
): Promise<void> {
  const ended = new AbortController()
  const beating = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await sleep(heartbeatMs, ended.signal)
      await keepClaim(deps.db, verification).catch((error: unknown) =>
        deps.log.warn({ err: error }, 'verification.heartbeat_failed'),
      )
    }
  }
  const beats = beating()
  try {
    await verifySource(deps, verification, signal)
  } finally {
    ended.abort()
    await beats
  }
}
