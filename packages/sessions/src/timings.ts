/** The durations that keep two processes from being connected with one session at once. */
export interface LeaseTimings {
  /** A lease that is not renewed ends after this. */
  readonly leaseMs: number
  readonly renewMs: number
  /** The holder stops trusting its lease this long before it ends, and closes every connection. */
  readonly marginMs: number
  /**
   * Grace period between a lease that ended without a release and the next claim. Telegram drops the connections of a
   * holder that cannot close them during this period.
   */
  readonly graceMs: number
}

export const DEFAULT_TIMINGS: LeaseTimings = {
  leaseMs: 15_000,
  renewMs: 5_000,
  marginMs: 2_000,
  graceMs: 22_000,
}

/** Minimum time between Telegram's drop of a silent connection and the next holder's first connection. */
export const GRACE_OVER_DISCONNECT_MS = 2_000
