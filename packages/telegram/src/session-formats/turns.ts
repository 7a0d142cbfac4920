export interface TurnsLimits {
  readonly atOnce: number
  /** How many of one party may wait. */
  readonly waitingOfOne: number
  /** How many may wait altogether. */
  readonly waiting: number
}

/**
 * Lets a few at a time do something costly. The others wait, each party in a line of its own, and the lines take turns:
 * whoever brings much waits for themselves.
 */
export class Turns {
  readonly #limits: TurnsLimits
  readonly #lines = new Map<string, (() => void)[]>()
  #working = 0
  #waiting = 0

  constructor(limits: TurnsLimits) {
    this.#limits = limits
  }

  /** Null, and nothing is done, when too many wait already. */
  async take<T>(party: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#working < this.#limits.atOnce) this.#working++
    else if (this.#isFull(party)) return null
    else await this.#wait(party)
    try {
      return await work()
    } finally {
      this.#handOver()
    }
  }

  #isFull(party: string): boolean {
    const { waiting, waitingOfOne } = this.#limits
    return this.#waiting >= waiting || (this.#lines.get(party)?.length ?? 0) >= waitingOfOne
  }

  #wait(party: string): Promise<void> {
    const line = this.#lines.get(party) ?? []
    this.#lines.set(party, line)
    this.#waiting++
    return new Promise((resolve) => line.push(resolve))
  }

  /** To the first of the line whose turn it is; then it is the other lines' turn. */
  #handOver(): void {
    const [next] = this.#lines
    if (!next) {
      this.#working--
      return
    }
    const [party, line] = next
    const [first, ...others] = line
    this.#lines.delete(party)
    if (others.length > 0) this.#lines.set(party, others)
    this.#waiting--
    first?.()
  }
}
