import type { PlacedFault, CallSubject } from './placed-fault.ts'

/** Flood waits: the remaining seconds before a call is allowed; null if it is allowed now. */
export class FloodWaits {
  /** End times of waits, Unix milliseconds. */
  readonly #ends = new Map<string, number>()

  /** Telegram counts waits down: an early retry gets the remaining seconds. */
  check(placed: PlacedFault<'flood_wait'>, call: CallSubject): number | null {
    const now = Date.now()
    const name = `${placed.id} ${call.accountId ?? call.keyId} ${call.method}`
    const end = this.#ends.get(name) ?? 0
    if (end > now) {
      placed.ignoredWaits += 1
      return Math.ceil((end - now) / 1000)
    }
    this.#ends.delete(name)
    if (!placed.fires()) return null
    this.#ends.set(name, now + placed.fault.seconds * 1000)
    return placed.fault.seconds
  }
}

interface Allowance {
  bytes: number
  /** Unix milliseconds. */
  at: number
}

/** Download limits per account: a token bucket that fills at the fault's rate. */
export class DownloadLimits {
  readonly #allowances = new Map<string, Allowance>()

  /** Seconds until the call is allowed; null if it is allowed now. */
  check(placed: PlacedFault<'download_limit'>, call: CallSubject): number | null {
    const { bytes_per_second: rate, burst_bytes: burst = rate } = placed.fault
    const now = Date.now()
    const name = `${placed.id} ${call.accountId ?? call.keyId}`
    const { bytes, at } = this.#allowances.get(name) ?? { bytes: burst, at: now }
    const available = Math.min(burst, bytes + ((now - at) / 1000) * rate)
    // A request larger than the bucket would never be allowed, so its cost is capped.
    const needed = Math.min(call.requestedBytes, burst)
    const isAllowed = available >= needed
    this.#allowances.set(name, { bytes: isAllowed ? available - needed : available, at: now })
    if (isAllowed) return null
    placed.fired += 1
    return Math.ceil((needed - available) / rate)
  }
}
