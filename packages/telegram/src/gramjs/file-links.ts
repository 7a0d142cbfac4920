import type { Deadline } from '../deadline.ts'
import { FloodWait } from '../errors.ts'
import type { Link } from './link.ts'
import { LinkCount } from './link-count.ts'

/** While one answer comes in, others are on their way. */
const CALLS_PER_LINK = 4
const ROUND_MS = 500
/** A link that owes answers and brings less in so many rounds on end has stalled; answers to pings are much smaller. */
const STALL_BYTES = 4096
const STALL_ROUNDS = 20
/** After so many rounds without a call the further links are given back. */
const IDLE_ROUNDS = 20

export interface OpenLinks {
  /** The data centre's own link, which carries other calls too. */
  readonly own: () => Promise<Link>
  /** One more, with the same key. */
  readonly further: () => Promise<Link>
}

/** A link as it is used for files. */
interface Lane {
  /** Null until the data centre's own one is first used. */
  link: Link | null
  calls: number
  /** What had come in at the last round. */
  received: number
  silentRounds: number
  isRetired: boolean
}

/** A call in the queue. */
interface Waiter {
  readonly enter: (lane: Lane) => void
  readonly leave: (reason: unknown) => void
  /** Its deadline, on the monotonic clock. */
  readonly leavesAt: number
}

/** A wait that Telegram asked for. */
interface Pause {
  readonly timer: NodeJS.Timeout
  /** On the monotonic clock. */
  readonly until: number
  readonly ofAccount: boolean
}

/**
 * The links over which an account gets files from one data centre: its own, and up to three more while they bring more.
 * Each carries four calls at a time, the others wait their turn, and all wait while Telegram asks for it. A link that owes
 * answers and brings nothing for 10 s is closed, and its calls fail with ConnectionLost.
 */
export class FileLinks {
  readonly #open: OpenLinks
  readonly #own = newLane(null)
  #further: Lane[] = []
  readonly #count = new LinkCount()
  /** First come, first served. */
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
   * Makes a call over the link that has the least to do. A caller whose deadline passes leaves the queue. Throws
   * FloodWait at once where the deadline comes before the end of the wait that Telegram asks for.
   */
  async call<T>(deadline: Deadline, use: (link: Link) => Promise<T>): Promise<T> {
    deadline.signal.throwIfAborted()
    if (!this.#isClosed) this.#rounds ??= setInterval(() => this.#round(), ROUND_MS)
    const lane = await this.#place(deadline)
    try {
      return await use(await this.#linkOf(lane))
    } catch (error) {
      if (error instanceof FloodWait) this.#slowDown(error)
      throw error
    } finally {
      lane.calls--
      if (lane.isRetired && lane.calls === 0) void lane.link?.close()
      this.#serve()
    }
  }

  /** Leaves no link but the data centre's own, and no timer. Callers in the queue go on over that one. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#rest()
    clearTimeout(this.#pause?.timer)
    this.#pause = undefined
    const further = this.#further.splice(0)
    for (const { enter } of this.#waiting) {
      this.#own.calls++
      enter(this.#own)
    }
    this.#waiting.clear()
    await Promise.all(further.map(async ({ link }) => await link?.close()))
  }

  async #linkOf(lane: Lane): Promise<Link> {
    if (lane !== this.#own && lane.link?.isOpen) return lane.link
    const link = await this.#open.own()
    if (this.#own.link !== link) Object.assign(this.#own, { link, received: link.received })
    return link
  }

  async #place({ signal, at }: Deadline): Promise<Lane> {
    const { promise, resolve, reject } = Promise.withResolvers<Lane>()
    const waiter = { enter: resolve, leave: reject, leavesAt: at }
    const abort = () => {
      this.#waiting.delete(waiter)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort)
    this.#waiting.add(waiter)
    try {
      this.#serve()
      return await promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #serve(): void {
    if (this.#pause !== undefined) {
      this.#dropLate(this.#pause)
      return
    }
    for (const waiter of this.#waiting) {
      const lane = this.#further.reduce((a, b) => (b.calls < a.calls ? b : a), this.#own)
      if (lane.calls >= CALLS_PER_LINK) return
      lane.calls++
      this.#waiting.delete(waiter)
      waiter.enter(lane)
    }
  }

  /** Callers that would give up before the wait is over are told of the wait. */
  #dropLate({ until, ofAccount }: Pause): void {
    for (const waiter of this.#waiting) {
      if (waiter.leavesAt > until) continue
      const seconds = Math.max(1, Math.ceil((until - performance.now()) / 1000))
      this.#waiting.delete(waiter)
      waiter.leave(new FloodWait(seconds, { ofAccount }))
    }
  }

  #slowDown({ seconds, ofAccount }: FloodWait): void {
    if (this.#isClosed) return
    this.#count.shrink()
    this.#adjust()
    clearTimeout(this.#pause?.timer)
    const timer = setTimeout(() => {
      this.#pause = undefined
      this.#serve()
    }, seconds * 1000)
    this.#pause = { timer, until: performance.now() + seconds * 1000, ofAccount }
  }

  #round(): void {
    const lanes = [this.#own, ...this.#further]
    const received = lanes.reduce((sum, lane) => sum + progressOf(lane), 0)
    const isPaused = this.#pause !== undefined
    const now = performance.now()
    const calls = this.#waiting.size + lanes.reduce((sum, lane) => sum + lane.calls, 0)
    // Rounds come late on a busy machine.
    const rate = received / (now - this.#roundAt)
    this.#count.note(rate, isPaused ? 0 : calls / CALLS_PER_LINK)
    this.#roundAt = now
    this.#further = this.#further.filter(({ link }) => link?.isOpen)
    const isIdle = !isPaused && calls === 0
    this.#idleRounds = isIdle ? this.#idleRounds + 1 : 0
    if (this.#idleRounds > IDLE_ROUNDS) this.#rest()
    this.#adjust()
  }

  #rest(): void {
    clearInterval(this.#rounds)
    this.#rounds = undefined
    this.#idleRounds = 0
    this.#count.reset()
  }

  #adjust(): void {
    const wanted = this.#count.value - 1
    const missing = wanted - this.#further.length - this.#opening
    for (let links = 0; links < missing; links++) void this.#add()
    for (const lane of this.#further.splice(wanted)) {
      lane.isRetired = true
      if (lane.calls === 0) void lane.link?.close()
    }
  }

  async #add(): Promise<void> {
    this.#opening++
    try {
      const link = await this.#open.further()
      if (this.#isClosed || this.#further.length >= this.#count.value - 1) await link.close()
      else this.#further.push(newLane(link))
    } catch {
      // What there is goes on; should it be in trouble too, the calls will tell.
      this.#count.shrink()
    }
    this.#opening--
    this.#serve()
  }
}

function newLane(link: Link | null): Lane {
  return { link, calls: 0, received: link?.received ?? 0, silentRounds: 0, isRetired: false }
}

/** What came in since the last round. Closes a link that has stalled. */
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
