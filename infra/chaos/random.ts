export type Random = () => number

/** A random number generator (mulberry32). The same seed gives the same sequence. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('The list is empty')
  return item
}

/** An endless sequence of shuffled rounds; each round has every item once. */
export function* shuffled<T>(items: readonly T[], random: Random): Generator<T, never> {
  for (;;) {
    const left = [...items]
    while (left.length > 0) {
      const item = pick(left, random)
      left.splice(left.indexOf(item), 1)
      yield item
    }
  }
}
