export interface TurnsLimits {
  readonly atOnce: number
  /** How many callers of one party may wait. */
  readonly waitingOfOne: number
  /** How many callers may wait altogether. */
  readonly waiting: number
}

export interface Turn {
  /** Each party has a queue of its own. */
  readonly party: string
  /** Takes the caller out of the queue; work that has begun goes on. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Limits how many callers do something costly at once. The others wait, each party in its own queue, and the queues are
 * served in turn: a party with many calls delays only its own.
 */
export class Turns {
  readonly #limits: TurnsLimits
  /** By party, in the order in which they are served. */
  readonly #queues = new Map<string, (() => void)[]>()
  #working = 0
  #waiting = 0

  constructor(limits: TurnsLimits) {
    this.#limits = limits
  }

  /** Null, without having called `work`, when too many wait already. Throws the signal's reason. */
  async take<T>({ party, signal }: Turn, work: () => Promise<T>): Promise<T | null> {
    signal?.throwIfAborted()
    if (this.#working < this.#limits.atOnce) this.#working++
    else if (this.#isFull(party)) return null
    else await this.#wait(party, signal)
    try {
      return await work()
    } finally {
      this.#startNext()
    }
  }

  #isFull(party: string): boolean {
    const { waiting, waitingOfOne } = this.#limits
    return this.#waiting >= waiting || (this.#queues.get(party)?.length ?? 0) >= waitingOfOne
  }

  async #wait(party: string, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => {
      if (this.#leave(party, resolve)) reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort)
    this.#queues.set(party, [...(this.#queues.get(party) ?? []), resolve])
    this.#waiting++
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** False when the caller's turn has come already. */
  #leave(party: string, enter: () => void): boolean {
    const queue = this.#queues.get(party) ?? []
    if (!queue.includes(enter)) return false
    const others = queue.filter((one) => one !== enter)
    if (others.length > 0) this.#queues.set(party, others)
    else this.#queues.delete(party)
    this.#waiting--
    return true
  }

  /** The first caller of the first queue; that queue is the last one then. */
  #startNext(): void {
    const [next] = this.#queues
    if (!next) {
      this.#working--
      return
    }
    const [party, queue] = next
    const [first, ...others] = queue
    this.#queues.delete(party)
    if (others.length > 0) this.#queues.set(party, others)
    this.#waiting--
    first?.()
  }
}
