import type { PlacedFault, Subject } from './placed-fault.ts'

interface Held {
  readonly sends: (() => void)[]
  readonly timer: NodeJS.Timeout
}

/** Holds pushed updates until there are enough to send them in reverse order. */
export class UpdateOrder {
  readonly #held = new Map<string, Held>()

  /** Takes an update that is to be reordered. Updates are never lost: the remaining ones are sent after `hold_ms`. */
  take(placed: PlacedFault<'reorder_updates'>, { keyId }: Subject, send: () => void): boolean {
    const name = `${placed.id} ${keyId}`
    const held = this.#held.get(name)
    if (held === undefined) {
      if (!placed.fires()) return false
      const timer = setTimeout(() => this.#release(name), placed.fault.hold_ms).unref()
      this.#held.set(name, { sends: [send], timer })
      return true
    }
    held.sends.push(send)
    if (held.sends.length >= placed.fault.window) this.#release(name)
    return true
  }

  /** Sends the held updates of a fault, or of all faults. */
  flush(id: number | null): void {
    for (const name of this.#held.keys()) {
      if (id === null || name.startsWith(`${id} `)) this.#release(name)
    }
  }

  #release(name: string): void {
    const held = this.#held.get(name)
    if (held === undefined) return
    this.#held.delete(name)
    clearTimeout(held.timer)
    for (const send of held.sends.toReversed()) send()
  }
}
