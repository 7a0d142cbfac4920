import type { Deadline } from '../deadline.ts'
import { FloodWait } from '../errors.ts'
import type { Link } from './link.ts'
import { LinkCount } from './link-count.ts'

/** Concurrent calls per link: the next requests are sent while an answer arrives. */
const CALLS_PER_LINK = 4
/** Interval at which throughput is measured and the number of links is adjusted. */
const ROUND_MS = 500
/** A link with pending calls has stalled after STALL_ROUNDS rounds of fewer bytes each. Pongs are much smaller. */
const STALL_BYTES = 4096
const STALL_ROUNDS = 20
/** Rounds without a call after which the extra links are closed. */
const IDLE_ROUNDS = 20

export interface OpenLinks {
  /** Returns the data centre's main link, which carries other calls too. */
  readonly main: () => Promise<Link>
  /** Opens one more link with the same auth key. */
  readonly extra: () => Promise<Link>
}

/** A link and its file calls. */
interface Lane {
  /** Null until the main link is first used. */
  link: Link | null
  /** Calls in progress. */
  calls: number
  /** `link.received` at the last round. */
  received: number
  /** Consecutive rounds with pending calls and fewer than STALL_BYTES bytes. */
  silentRounds: number
  /** Closed when its last call ends. */
  isRetired: boolean
}

/** A queued call. */
interface Waiter {
  readonly start: (lane: Lane) => void
  readonly fail: (reason: unknown) => void
  /** Milliseconds on the monotonic clock. */
  readonly deadlineAt: number
}

/** A flood wait. */
interface Pause {
  readonly timer: NodeJS.Timeout
  /** Milliseconds on the monotonic clock. */
  readonly until: number
  readonly ofAccount: boolean
}

/**
 * The links that download an account's files from one data centre: the main link, and up to three extra ones while they
 * raise the throughput. Each link carries 4 calls at a time; further calls queue, and all calls queue during a flood
 * wait. A link with pending calls that receives almost nothing for 10 s is closed; its calls fail with ConnectionLost.
 */
export class FileLinks {
  readonly #open: OpenLinks
  readonly #main = newLane(null)
  #extra: Lane[] = []
  readonly #count = new LinkCount()
  /** Queued calls, first in first out. */
  readonly #waiting = new Set<Waiter>()
  #opening = 0
  #isClosed = false
  #rounds: NodeJS.Timeout | undefined
  #pause: Pause | undefined
  #roundAt = performance.now()
  #idleRounds = 0

  constructor(open: OpenLinks) {
    this.#open = open
  }

  /**
   * Runs a call on the link with the fewest calls. A queued call leaves the queue at its deadline. Throws FloodWait at
   * once when a flood wait lasts longer than the deadline.
   */
  async call<T>(deadline: Deadline, use: (link: Link) => Promise<T>): Promise<T> {
    deadline.signal.throwIfAborted()
    if (!this.#isClosed) this.#rounds ??= setInterval(() => this.#round(), ROUND_MS)
    const lane = await this.#acquireLane(deadline)
    try {
      return await use(await this.#linkOf(lane))
    } catch (error) {
      if (error instanceof FloodWait) this.#pauseFor(error)
      throw error
    } finally {
      lane.calls--
      if (lane.isRetired && lane.calls === 0) void lane.link?.close()
      this.#startWaiting()
    }
  }

  /** Closes the extra links and stops all timers. Queued calls are started at once on the main link. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopRounds()
    clearTimeout(this.#pause?.timer)
    this.#pause = undefined
    const extra = this.#extra.splice(0)
    for (const { start } of this.#waiting) {
      this.#main.calls++
      start(this.#main)
    }
    this.#waiting.clear()
    await Promise.all(extra.map(async ({ link }) => await link?.close()))
  }

  async #linkOf(lane: Lane): Promise<Link> {
    if (lane !== this.#main && lane.link?.isOpen) return lane.link
    const link = await this.#open.main()
    if (this.#main.link !== link) Object.assign(this.#main, { link, received: link.received })
    return link
  }

  async #acquireLane({ signal, at }: Deadline): Promise<Lane> {
    const { promise, resolve, reject } = Promise.withResolvers<Lane>()
    const waiter = { start: resolve, fail: reject, deadlineAt: at }
    const abort = () => {
      this.#waiting.delete(waiter)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort)
    this.#waiting.add(waiter)
    try {
      this.#startWaiting()
      return await promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #startWaiting(): void {
    if (this.#pause !== undefined) {
      this.#failBefore(this.#pause)
      return
    }
    for (const waiter of this.#waiting) {
      const lane = this.#extra.reduce((a, b) => (b.calls < a.calls ? b : a), this.#main)
      if (lane.calls >= CALLS_PER_LINK) return
      lane.calls++
      this.#waiting.delete(waiter)
      waiter.start(lane)
    }
  }

  /** Fails, with FloodWait, the queued calls whose deadline passes before the flood wait ends. */
  #failBefore({ until, ofAccount }: Pause): void {
    for (const waiter of this.#waiting) {
      if (waiter.deadlineAt > until) continue
      const seconds = Math.max(1, Math.ceil((until - performance.now()) / 1000))
      this.#waiting.delete(waiter)
      waiter.fail(new FloodWait(seconds, { ofAccount }))
    }
  }

  #pauseFor({ seconds, ofAccount }: FloodWait): void {
    if (this.#isClosed) return
    this.#count.shrink()
    this.#adjust()
    clearTimeout(this.#pause?.timer)
    const timer = setTimeout(() => {
      this.#pause = undefined
      this.#startWaiting()
    }, seconds * 1000)
    this.#pause = { timer, until: performance.now() + seconds * 1000, ofAccount }
  }

  #round(): void {
    const lanes = [this.#main, ...this.#extra]
    const received = lanes.reduce((sum, lane) => sum + progressOf(lane), 0)
    const isPaused = this.#pause !== undefined
    const now = performance.now()
    const calls = this.#waiting.size + lanes.reduce((sum, lane) => sum + lane.calls, 0)
    // The real duration: on a busy machine the timer fires late.
    const rate = received / (now - this.#roundAt)
    this.#count.recordRound(rate, isPaused ? 0 : calls / CALLS_PER_LINK)
    this.#roundAt = now
    this.#extra = this.#extra.filter(({ link }) => link?.isOpen)
    const isIdle = !isPaused && calls === 0
    this.#idleRounds = isIdle ? this.#idleRounds + 1 : 0
    if (this.#idleRounds > IDLE_ROUNDS) this.#stopRounds()
    this.#adjust()
  }

  #stopRounds(): void {
    clearInterval(this.#rounds)
    this.#rounds = undefined
    this.#idleRounds = 0
    this.#count.reset()
  }

  #adjust(): void {
    const wanted = this.#count.value - 1
    const missing = wanted - this.#extra.length - this.#opening
    for (let links = 0; links < missing; links++) void this.#add()
    for (const lane of this.#extra.splice(wanted)) {
      lane.isRetired = true
      if (lane.calls === 0) void lane.link?.close()
    }
  }

  async #add(): Promise<void> {
    this.#opening++
    try {
      const link = await this.#open.extra()
      if (this.#isClosed || this.#extra.length >= this.#count.value - 1) await link.close()
      else this.#extra.push(newLane(link))
    } catch {
      // Not reported: the calls continue on the main link and fail there if Telegram is unreachable.
      this.#count.shrink()
    }
    this.#opening--
    this.#startWaiting()
  }
}

function newLane(link: Link | null): Lane {
  return { link, calls: 0, received: link?.received ?? 0, silentRounds: 0, isRetired: false }
}

/** Bytes received since the last round. Closes the link when it has stalled. */
function progressOf(lane: Lane): number {
  if (lane.link === null) return 0
  const progress = lane.link.received - lane.received
  lane.received = lane.link.received
  lane.silentRounds = lane.calls > 0 && progress < STALL_BYTES ? lane.silentRounds + 1 : 0
  if (lane.silentRounds >= STALL_ROUNDS) {
    lane.silentRounds = 0
    void lane.link.close()
  }
  return progress
}
