import { FloodWait } from '@telegather/telegram'

/** Tolerance for clocks: a wait with no more than this left counts as over. */
const EARLY_MS = 50

/** The flood waits of one session by TL method (`messages.getHistory`). Telegram limits each TL method separately. */
export class FloodWaits {
  readonly #untilByMethod: Map<string, number>

  /** `noted`: the stored ends of waits by TL method, in ISO 8601. */
  constructor(noted: Readonly<Record<string, string>>) {
    const entries = Object.entries(noted)
    this.#untilByMethod = new Map(entries.map(([method, until]) => [method, Date.parse(until)]))
  }

  /** Throws FloodWait while the method's wait lasts. A call during the wait would prolong it. */
  check(method: string): void {
    const leftMs = (this.#untilByMethod.get(method) ?? 0) - Date.now()
    if (leftMs > EARLY_MS) throw new FloodWait(Math.ceil(leftMs / 1000))
  }

  begin(method: string, seconds: number): void {
    this.#untilByMethod.set(method, Date.now() + seconds * 1000)
  }
}
