/** The 32-bit FNV-1a hash of a text: derives numbers from textual seeds. */
export function hashText(text: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  }
  return hash >>> 0
}

/**
 * A stream of pseudo-random numbers (sfc32), one per (seed, subject, number), so that each message is derived from its
 * id alone.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, subject: number, index: number) {
    this.#a = seed | 0
    this.#b = Math.imul(subject + 1, 0x9e37_79b1)
    this.#c = Math.imul(index + 1, 0x85eb_ca6b)
    for (let round = 0; round < 12; round += 1) this.#next()
  }

  /** From 0 to below 1. */
  float(): number {
    return this.#next() / 0x1_0000_0000
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.float() * limit)
  }

  chance(probability: number): boolean {
    return this.float() < probability
  }

  /** A random item of a non-empty list. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** A sample of the standard normal distribution (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()))
    return radius * Math.cos(2 * Math.PI * this.float())
  }

  /** A signed 64-bit number. */
  long(): bigint {
    return BigInt.asIntN(64, (BigInt(this.#next()) << 32n) | BigInt(this.#next()))
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }
}

/** Shuffles items in place (Fisher and Yates). */
export function shuffle(items: Uint8Array | Float64Array, random: Random): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const item = items[last] ?? 0
    items[last] = items[other] ?? 0
    items[other] = item
  }
}
