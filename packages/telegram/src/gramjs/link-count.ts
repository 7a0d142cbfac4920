const MAX_LINKS = 4
/** Smallest factor of the throughput for which doubled links are kept. */
const MIN_GAIN = 1.2
/** Rounds of a trial. Its best round counts, since links first have to open and gain speed. */
const TRIAL_ROUNDS = 3
/** Rounds until the next trial after a failed one; doubles with each failure up to the maximum. */
const FIRST_BACKOFF_ROUNDS = 10
const MAX_BACKOFF_ROUNDS = 640
/** Rounds until the next trial after a flood wait. */
const FLOOD_BACKOFF_ROUNDS = 120

/** A test whether twice as many links are faster. */
interface Trial {
  readonly countBefore: number
  readonly rateBefore: number
  bestRate: number
  rounds: number
}

/**
 * Decides how many links (1 to 4) download files. When the calls exceed the capacity of the links, it doubles the links
 * for a trial, and keeps them only if the throughput grows by 20 %. A flood wait resets it to one link. Doubling makes a
 * real gain larger than the noise of a single round.
 */
export class LinkCount {
  #count = 1
  #trial: Trial | null = null
  /** Throughput of the last round with the current number of links; 0 when unknown. */
  #lastRate = 0
  #backoffRounds = 0
  #nextBackoffRounds = FIRST_BACKOFF_ROUNDS

  get value(): number {
    return this.#count
  }

  /**
   * Records a round: its throughput in any constant unit, and how many links its calls could fill. Ignores rounds whose
   * calls do not fill the links.
   */
  recordRound(rate: number, demand: number): void {
    if (this.#backoffRounds > 0) this.#backoffRounds--
    const trial = this.#trial
    if (demand <= (trial?.countBefore ?? this.#count)) return
    if (trial && !this.#advanceTrial(trial, rate)) return
    const best = Math.max(rate, this.#lastRate)
    this.#lastRate = rate
    if (this.#backoffRounds === 0 && demand > this.#count && this.#count < MAX_LINKS)
      this.#startTrial(best)
  }

  #startTrial(rateBefore: number): void {
    this.#trial = { countBefore: this.#count, rateBefore, bestRate: 0, rounds: TRIAL_ROUNDS }
    this.#count = Math.min(2 * this.#count, MAX_LINKS)
    this.#lastRate = 0
  }

  /** Adds a round to the trial. After the last one, keeps or reverts the doubling and returns true. */
  #advanceTrial(trial: Trial, rate: number): boolean {
    trial.bestRate = Math.max(trial.bestRate, rate)
    trial.rounds--
    if (trial.rounds > 0) return false
    this.#trial = null
    if (trial.bestRate >= trial.rateBefore * MIN_GAIN) {
      this.#lastRate = trial.bestRate
      this.#nextBackoffRounds = FIRST_BACKOFF_ROUNDS
      return true
    }
    this.#count = trial.countBefore
    this.#backoffRounds = this.#nextBackoffRounds
    this.#nextBackoffRounds = Math.min(2 * this.#nextBackoffRounds, MAX_BACKOFF_ROUNDS)
    return true
  }

  /** Back to one link after a flood wait or a failed connection, with no trial for FLOOD_BACKOFF_ROUNDS rounds. */
  shrink(): void {
    this.reset()
    this.#backoffRounds = FLOOD_BACKOFF_ROUNDS
  }

  /** Back to one link after an idle time: earlier throughput says nothing about later downloads. */
  reset(): void {
    this.#count = 1
    this.#trial = null
    this.#lastRate = 0
  }
}
