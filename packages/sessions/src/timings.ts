/** How long ownership of a session lasts, and how it is kept from two processes at once. */
export interface OwnershipTimings {
  /** A lease that is not renewed ends after this. */
  readonly leaseMs: number
  readonly renewMs: number
  /** The owner stops trusting its lease this long before it ends, and closes every connection. */
  readonly marginMs: number
  /**
   * How long the next owner waits after a lease that was not given back: by then Telegram has dropped the
   * connections of an owner that can no longer do so itself.
   */
  readonly graceMs: number
}

export const DEFAULT_TIMINGS: OwnershipTimings = {
  leaseMs: 15_000,
  renewMs: 5_000,
  marginMs: 2_000,
  graceMs: 22_000,
}

/** The distance that must lie between Telegram's drop of a silent connection and the next owner's first one. */
export const GRACE_OVER_DISCONNECT_MS = 2_000
