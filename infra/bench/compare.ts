import type { Performance } from './contestants/contest.ts'

/** A discipline and its contestants: a function for each that performs one run. */
export interface Discipline {
  readonly name: string
  readonly unit: 'posts' | 'MiB'
  readonly contestants: Readonly<Record<string, () => Promise<Performance>>>
}

export interface Standing {
  readonly contestant: string
  /** Posts or MiB per second. Figures without another comment are medians of all rounds. */
  readonly rate: number
  /** Telegather's rate divided by this contestant's rate in the same round; null for Telegather. */
  readonly ratio: number | null
  readonly cpuSeconds: number
  /** Maximum of all rounds. */
  readonly peakMebibytes: number
}

export interface Comparison {
  readonly name: string
  readonly unit: Discipline['unit']
  readonly amount: number
  readonly standings: readonly Standing[]
}

const MEBIBYTE = 1024 * 1024
const OURS = 'telegather'

/** Runs all contestants one after another in each round; the order changes from round to round. */
export async function compare(discipline: Discipline, rounds: number): Promise<Comparison> {
  const names = Object.keys(discipline.contestants)
  const performances = new Map(names.map((name) => [name, [] as Performance[]]))
  for (let round = 0; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length] ?? ''
      const performance = await discipline.contestants[name]?.()
      if (performance) performances.get(name)?.push(performance)
    }
  }
  const amountOf = ({ amount }: Performance) =>
    discipline.unit === 'MiB' ? amount / MEBIBYTE : amount
  const rateOf = (performance: Performance) => amountOf(performance) / performance.seconds
  const ours = performances.get(OURS) ?? []
  const standings = names.map((contestant): Standing => {
    const runs = performances.get(contestant) ?? []
    const ratios = runs.flatMap((run, round) => {
      const own = ours[round]
      return own ? [rateOf(own) / rateOf(run)] : []
    })
    return {
      contestant,
      rate: median(runs.map(rateOf)),
      ratio: contestant === OURS ? null : median(ratios),
      cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
      peakMebibytes: Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes)),
    }
  })
  const { name, unit } = discipline
  return { name, unit, amount: median(ours.map(amountOf)), standings }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}

/** Formats a comparison as a text table. */
export function tableOf({ name, unit, amount, standings }: Comparison): string {
  const head = [`${name}: ${format(amount)} ${unit}`, `${unit}/s`, 'times', 'CPU s', 'peak MiB']
  const rows = standings.map(({ contestant, rate, ratio, cpuSeconds, peakMebibytes }) => [
    `  ${contestant}`,
    format(rate),
    ratio === null ? '' : ratio.toFixed(2),
    cpuSeconds.toFixed(1),
    format(peakMebibytes),
  ])
  return [head, ...rows]
    .map(
      ([first = '', ...cells]) =>
        first.padEnd(44) + cells.map((cell) => cell.padStart(10)).join(''),
    )
    .join('\n')
}

function format(value: number): string {
  return (value >= 100 ? Math.round(value) : Number(value.toFixed(1))).toLocaleString('en')
}
