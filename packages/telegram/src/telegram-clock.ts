/** Smallest change of the offset that is reported. */
const NOTABLE_SECONDS = 5

/**
 * The offset between this machine's clock and Telegram's, measured from the msg_ids that Telegram sends. All
 * connections of a process share one instance, so a new connection starts with the last measured offset.
 */
export class TelegramClock {
  readonly #onDifference: (aheadSeconds: number) => void
  readonly #offsets = new Map<number, number>()
  #latest: number | null = null
  /** By data centre: the offset in seconds at the last call of `onDifference`, or of the first measurement. */
  readonly #reported = new Map<number, number>()
  #lastReported = 0

  /**
   * `onDifference` is called when the offset of a data centre differs by 5 s or more from its last one reported (at first:
   * from the last one of any data centre, or 0).
   */
  constructor(onDifference: (aheadSeconds: number) => void = () => undefined) {
    this.#onDifference = onDifference
  }

  /** Seconds to add to this machine's clock to get the data centre's; 0 until any data centre has been measured. */
  offsetOf(dcId: number): number {
    return this.#offsets.get(dcId) ?? this.#latest ?? 0
  }

  /** Records a measured offset: seconds to add to this machine's clock to get the data centre's. */
  measured(dcId: number, offsetSeconds: number): void {
    this.#offsets.set(dcId, offsetSeconds)
    this.#latest = offsetSeconds
    const reported = this.#reported.get(dcId)
    if (reported === undefined) this.#reported.set(dcId, offsetSeconds)
    if (Math.abs(offsetSeconds - (reported ?? this.#lastReported)) < NOTABLE_SECONDS) return
    this.#reported.set(dcId, offsetSeconds)
    this.#lastReported = offsetSeconds
    this.#onDifference(-offsetSeconds)
  }

  /**
   * Seconds by which this machine's clock is ahead of Telegram's, negative when behind: the largest difference of all
   * data centres; null until measured.
   */
  get aheadSeconds(): number | null {
    const [largest] = [...this.#offsets.values()].toSorted((a, b) => Math.abs(b) - Math.abs(a))
    return largest === undefined ? null : -largest
  }
}
