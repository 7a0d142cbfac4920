import { FloodWait } from '@telegather/telegram'

/** A caller that waits as long as it was told may be a little early by the clock. */
const EARLY_MS = 50

/** The waits that Telegram asks of one session: it counts each method for itself. */
export class FloodWaits {
  readonly #untilByMethod: Map<string, number>

  /** `noted`: those that earlier owners were told of, as instants. */
  constructor(noted: Readonly<Record<string, string>>) {
    const entries = Object.entries(noted)
    this.#untilByMethod = new Map(entries.map(([method, until]) => [method, Date.parse(until)]))
  }

  /** Throws FloodWait while the method has to wait: to ask Telegram again too early prolongs it. */
  check(method: string): void {
    const leftMs = (this.#untilByMethod.get(method) ?? 0) - Date.now()
    if (leftMs > EARLY_MS) throw new FloodWait(Math.ceil(leftMs / 1000))
  }

  begin(method: string, seconds: number): void {
    this.#untilByMethod.set(method, Date.now() + seconds * 1000)
  }
}
