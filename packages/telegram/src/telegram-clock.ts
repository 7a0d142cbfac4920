/** A change of the difference that is worth a line in the log. */
const NOTABLE_SECONDS = 5

/**
 * The difference between this machine's clock and Telegram's, as Telegram's messages show it. All connections of a
 * process share one: a new connection begins with what an earlier one has measured.
 */
export class TelegramClock {
  readonly #onDifference: (aheadSeconds: number) => void
  readonly #offsets = new Map<number, number>()
  #latest: number | null = null
  /** Of the last report. */
  #reported = 0

  /** `onDifference` is called when the difference is first found to be 5 s or more, and when it changes by that much. */
  constructor(onDifference: (aheadSeconds: number) => void = () => undefined) {
    this.#onDifference = onDifference
  }

  /** Seconds to add to this machine's clock to get that of the data centre; 0 until one of them has been measured. */
  offsetOf(dcId: number): number {
    return this.#offsets.get(dcId) ?? this.#latest ?? 0
  }

  measured(dcId: number, offsetSeconds: number): void {
    this.#offsets.set(dcId, offsetSeconds)
    this.#latest = offsetSeconds
    if (Math.abs(offsetSeconds - this.#reported) < NOTABLE_SECONDS) return
    this.#reported = offsetSeconds
    this.#onDifference(-offsetSeconds)
  }

  /** Seconds by which this machine's clock is ahead of Telegram's, negative when behind; null until measured. */
  get aheadSeconds(): number | null {
    return this.#latest === null ? null : -this.#latest
  }
}
