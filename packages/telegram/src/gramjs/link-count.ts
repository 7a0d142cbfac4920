const MAX_LINKS = 4
/** How much faster it must be with twice the links for them to be kept. */
const MIN_GAIN = 1.2
/** Rounds before the worth of further links is told, by the best of them: links have to open and gain speed first. */
const TRIAL_ROUNDS = 3
/** Rounds without another try after one that brought nothing, and after a flood wait; the first doubles each time. */
const FIRST_REST_ROUNDS = 10
const MAX_REST_ROUNDS = 640
const FLOOD_REST_ROUNDS = 120

interface Trial {
  readonly countBefore: number
  readonly rateBefore: number
  bestRate: number
  rounds: number
}

/**
 * How many links files are worth: twice as many whenever there is more to do than they can carry, kept only when that
 * is faster, and a single one again after a flood wait. Doubling makes a gain large beside the chances of one round.
 */
export class LinkCount {
  #count = 1
  #trial: Trial | null = null
  /** Of the last round with as many links as now. */
  #lastRate = 0
  #restRounds = 0
  #nextRestRounds = FIRST_REST_ROUNDS

  get value(): number {
    return this.#count
  }

  /** Tells of a round: how much came in, and how many links could be filled. Rounds with little to do tell nothing. */
  note(rate: number, demand: number): void {
    if (this.#restRounds > 0) this.#restRounds--
    const trial = this.#trial
    if (demand <= (trial?.countBefore ?? this.#count)) return
    if (trial && !this.#judge(trial, rate)) return
    const best = Math.max(rate, this.#lastRate)
    this.#lastRate = rate
    if (this.#restRounds === 0 && demand > this.#count && this.#count < MAX_LINKS) this.#try(best)
  }

  #try(rateBefore: number): void {
    this.#trial = { countBefore: this.#count, rateBefore, bestRate: 0, rounds: TRIAL_ROUNDS }
    this.#count = Math.min(2 * this.#count, MAX_LINKS)
    this.#lastRate = 0
  }

  /** False while it is not over. */
  #judge(trial: Trial, rate: number): boolean {
    trial.bestRate = Math.max(trial.bestRate, rate)
    trial.rounds--
    if (trial.rounds > 0) return false
    this.#trial = null
    if (trial.bestRate >= trial.rateBefore * MIN_GAIN) {
      this.#lastRate = trial.bestRate
      this.#nextRestRounds = FIRST_REST_ROUNDS
      return true
    }
    this.#count = trial.countBefore
    this.#restRounds = this.#nextRestRounds
    this.#nextRestRounds = Math.min(2 * this.#nextRestRounds, MAX_REST_ROUNDS)
    return true
  }

  /** Telegram asked to wait. */
  shrink(): void {
    this.reset()
    this.#restRounds = FLOOD_REST_ROUNDS
  }

  /** Everything is done; what comes next may be another time of the day. */
  reset(): void {
    this.#count = 1
    this.#trial = null
    this.#lastRate = 0
  }
}
