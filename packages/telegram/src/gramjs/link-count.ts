const MAX_LINKS = 4
/** What one link more must bring to be kept. */
const MIN_GAIN = 1.1
/** Rounds before the new link's worth is told: it has to open and gain speed first. */
const TRIAL_ROUNDS = 3
/** Rounds without another try after one that brought nothing, and after a flood wait; the first doubles each time. */
const FIRST_REST_ROUNDS = 10
const MAX_REST_ROUNDS = 640
const FLOOD_REST_ROUNDS = 120

/**
 * How many links files are worth: one more whenever there is more to do than they can carry, kept only when it brings
 * more, and a single one again after a flood wait.
 */
export class LinkCount {
  #count = 1
  #trial: { readonly rateBefore: number; rounds: number } | null = null
  #restRounds = 0
  #nextRestRounds = FIRST_REST_ROUNDS

  get value(): number {
    return this.#count
  }

  /** Tells of a round: how much came in, and whether calls had to wait for a place all the time. */
  note(rate: number, isBusy: boolean): void {
    if (this.#restRounds > 0) this.#restRounds--
    if (!isBusy) this.#trial = null
    else if (this.#trial) this.#judge(this.#trial, rate)
    else if (this.#restRounds === 0 && this.#count < MAX_LINKS) {
      this.#trial = { rateBefore: rate, rounds: TRIAL_ROUNDS }
      this.#count++
    }
  }

  #judge(trial: { readonly rateBefore: number; rounds: number }, rate: number): void {
    trial.rounds--
    if (trial.rounds > 0) return
    this.#trial = null
    if (rate >= trial.rateBefore * MIN_GAIN) return
    this.#count--
    this.#restRounds = this.#nextRestRounds
    this.#nextRestRounds = Math.min(2 * this.#nextRestRounds, MAX_REST_ROUNDS)
  }

  /** Telegram asked to wait. */
  shrink(): void {
    this.#count = 1
    this.#trial = null
    this.#restRounds = FLOOD_REST_ROUNDS
  }

  /** Everything is done; what comes next may be another time of the day. */
  reset(): void {
    this.#count = 1
    this.#trial = null
  }
}
