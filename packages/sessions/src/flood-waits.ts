import { FloodWait } from '@telegather/telegram'

/** Tolerance: a caller that waited for the given seconds may be a little early by this clock. */
const EARLY_MS = 50

/** The flood waits of one session, by Telegram's methods (`messages.getHistory`): Telegram counts each for itself. */
export class FloodWaits {
  readonly #untilByMethod: Map<string, number>

  /** `noted`: the stored ones, as instants. */
  constructor(noted: Readonly<Record<string, string>>) {
    const entries = Object.entries(noted)
    this.#untilByMethod = new Map(entries.map(([method, until]) => [method, Date.parse(until)]))
  }

  /** Throws FloodWait while the method has to wait: an early call prolongs the wait. */
  check(method: string): void {
    const leftMs = (this.#untilByMethod.get(method) ?? 0) - Date.now()
    if (leftMs > EARLY_MS) throw new FloodWait(Math.ceil(leftMs / 1000))
  }

  begin(method: string, seconds: number): void {
    this.#untilByMethod.set(method, Date.now() + seconds * 1000)
  }
}
