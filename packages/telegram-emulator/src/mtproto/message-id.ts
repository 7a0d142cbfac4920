import { systemClock, type Clock } from './clock.ts'

/**
 * Message ids: Unix time times 2^32, see https://core.telegram.org/mtproto/description#message-identifier-msg-id.
 * Client ids are multiples of four. Server ids modulo 4 are 1 in responses and 3 in all other messages.
 */

/** Error codes of `bad_msg_notification`. */
export const BAD_MESSAGE = {
  idTooLow: 16,
  idTooHigh: 17,
  idNotMultipleOfFour: 18,
  tooOldToVerify: 20,
  oddSeqNoExpected: 35,
  wrongSalt: 48,
  badContainer: 64,
} as const
export type BadMessageCode = (typeof BAD_MESSAGE)[keyof typeof BAD_MESSAGE]

const MAX_AGE_SECONDS = 300n
const MAX_AHEAD_SECONDS = 30n

/** Checks the id of a message on arrival. Null if it is valid. */
export function faultOfMessageId(id: bigint, now: number): BadMessageCode | null {
  if ((id & 3n) !== 0n) return BAD_MESSAGE.idNotMultipleOfFour
  const ahead = (id >> 32n) - BigInt(Math.floor(now / 1000))
  if (ahead < -MAX_AGE_SECONDS) return BAD_MESSAGE.idTooLow
  return ahead > MAX_AHEAD_SECONDS ? BAD_MESSAGE.idTooHigh : null
}

/** A clock that goes back by more than this has been set, and the ids follow it. */
const MAX_STEP_BACK = 1n << 32n

/** Generates server message ids, each higher than the previous, unless the clock is set back by more than 1 s. */
export class MessageIds {
  readonly #clock: Clock
  #last = 0n

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  next(kind: 'answer' | 'notification'): bigint {
    const now = ((BigInt(this.#clock()) << 32n) / 1000n) & ~3n
    const isSetBack = this.#last - now > MAX_STEP_BACK
    const base = now > this.#last || isSetBack ? now : (this.#last & ~3n) + 4n
    this.#last = base | (kind === 'answer' ? 1n : 3n)
    return this.#last
  }
}
