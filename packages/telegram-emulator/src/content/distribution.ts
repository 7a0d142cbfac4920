import type { Random } from './random.ts'

const PROBABILITIES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1] as const

/** The 0, 5, 10, 25, 50, 75, 90, 95, 99 and 100 % quantiles of a quantity. */
export type Quantiles = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

/** The value at probability `share`, interpolated. */
export function quantile(quantiles: Quantiles, share: number): number {
  let above = 1
  while (above < PROBABILITIES.length - 1 && (PROBABILITIES[above] ?? 1) < share) above += 1
  const from = PROBABILITIES[above - 1] ?? 0
  const to = PROBABILITIES[above] ?? 1
  const low = quantiles[above - 1] ?? 0
  const high = quantiles[above] ?? 0
  return low + ((high - low) * (share - from)) / (to - from)
}

export interface LogNormal {
  readonly median: number
  /** Standard deviation of the natural logarithm. */
  readonly sigma: number
}

/** A random value, clamped to three standard deviations. */
export function drawLogNormal(random: Random, { median, sigma }: LogNormal): number {
  return median * Math.exp(sigma * Math.max(-3, Math.min(3, random.normal())))
}

/** Relative frequencies by name. */
export type Weights<Name extends string> = Readonly<Partial<Record<Name, number>>>

interface WeightTable {
  readonly names: readonly string[]
  readonly weights: readonly number[]
  readonly total: number
}

/** Cache of cumulative weights: the weights are constants, used for every message. */
const tables = new WeakMap<Weights<string>, WeightTable>()

function tableOf(weights: Weights<string>): WeightTable {
  const known = tables.get(weights)
  if (known !== undefined) return known
  const table = {
    names: Object.keys(weights),
    weights: Object.values<number | undefined>(weights).map((weight) => weight ?? 0),
    total: totalWeight(weights),
  }
  tables.set(weights, table)
  return table
}

/** The name at `share` (0 to 1) of the total weight. The weights must not change afterwards. */
export function weightedAt<Name extends string>(weights: Weights<Name>, share: number): Name {
  const table = tableOf(weights)
  let left = share * table.total
  const { names, weights: shares } = table
  for (let index = 0; index < shares.length; index += 1) {
    left -= shares[index] ?? 0
    if (left < 0) return names[index] as Name
  }
  const last = table.names.at(-1)
  if (last === undefined) throw new RangeError('no weights')
  return last as Name
}

export function totalWeight<Name extends string>(weights: Weights<Name>): number {
  return Object.values<number | undefined>(weights).reduce<number>(
    (sum, weight) => sum + (weight ?? 0),
    0,
  )
}
