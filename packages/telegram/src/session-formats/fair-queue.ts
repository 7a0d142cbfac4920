export interface FairQueueLimits {
  /** Calls that run at the same time. */
  readonly concurrency: number
  /** Waiting calls of one party. */
  readonly maxWaitingPerParty: number
  /** Waiting calls of all parties. */
  readonly maxWaiting: number
}

export interface QueueEntry {
  /** Key of the queue, such as a tenant id. */
  readonly party: string
  /** Removes the call from the queue. Does not stop work that has started. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Limits the concurrency of costly work. Waiting calls queue per party, and the queues are served round-robin: a party
 * with many calls delays mostly its own.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits
  /** Queues by party, in round-robin order. */
  readonly #queues = new Map<string, (() => void)[]>()
  #running = 0
  #waiting = 0

  constructor(limits: FairQueueLimits) {
    this.#limits = limits
  }

  /**
   * Runs `work` when a slot is free. Returns null, without running it, when the queue is full. Throws the signal's
   * reason when it is aborted before `work` starts.
   */
  async run<T>({ party, signal }: QueueEntry, work: () => Promise<T>): Promise<T | null> {
    signal?.throwIfAborted()
    if (this.#running < this.#limits.concurrency) this.#running++
    else if (this.#isFull(party)) return null
    else await this.#wait(party, signal)
    try {
      return await work()
    } finally {
      this.#startNext()
    }
  }

  #isFull(party: string): boolean {
    const { maxWaiting, maxWaitingPerParty } = this.#limits
    const waitingOfParty = this.#queues.get(party)?.length ?? 0
    return this.#waiting >= maxWaiting || waitingOfParty >= maxWaitingPerParty
  }

  async #wait(party: string, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => {
      if (this.#dequeue(party, resolve)) reject(signal?.reason)
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

  /** Removes a waiting call. False when it has already been started. */
  #dequeue(party: string, start: () => void): boolean {
    const queue = this.#queues.get(party) ?? []
    if (!queue.includes(start)) return false
    const others = queue.filter((waiting) => waiting !== start)
    if (others.length > 0) this.#queues.set(party, others)
    else this.#queues.delete(party)
    this.#waiting--
    return true
  }

  /** Starts the first call of the first queue and moves that queue to the end. Frees the slot when no call waits. */
  #startNext(): void {
    const [next] = this.#queues
    if (!next) {
      this.#running--
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
