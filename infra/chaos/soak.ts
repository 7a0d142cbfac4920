/** `npm run soak -- [--rounds N] [--seed S]`: a long run of `leaseChaos`. Exits with 1 when an invariant was violated. */
import { parseArgs } from 'node:util'
import { PROCESS_FAULT_NAMES } from './process-faults.ts'
import { leaseChaos, type ChaosReport } from './lease-chaos.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 100)
const seed = Number(values.seed ?? 1)
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(seed)))
  throw new Error('usage: npm run soak -- [--rounds N] [--seed S]')

print(`${rounds} rounds, seed ${seed}`)
const report = await leaseChaos({
  rounds,
  seed,
  onRound: ({ number, fault, answeredAfterMs }) =>
    print(
      `${number}  ${fault}  ${answeredAfterMs === null ? 'not the lease holder' : `${answeredAfterMs} ms`}`,
    ),
})
for (const line of describe(report)) print(line)
const violated = violatedInvariants(report)
for (const invariant of violated) print(`VIOLATED: ${invariant}`)
process.exitCode = violated.length > 0 ? 1 : 0

function violatedInvariants({ writes, calls, archive, ...report }: ChaosReport): string[] {
  const invariants = {
    'one peer per key': report.mostPeers === 1 && report.duplicates === 0,
    'no key destroyed': report.keysDestroyed === 0 && report.sessionState === 'active',
    'no row written with an old epoch': writes.rows > 0 && writes.stale === 0,
    'no row written without a fence': writes.unfenced === 0,
    'no service exits unexpectedly': report.failures === 0,
    'calls are answered, or refused with 503': calls.answered > 0 && calls.wrong.length === 0,
    'a source is archived completely after all rounds': archive.stored === archive.sent,
  }
  return Object.entries(invariants).flatMap(([invariant, holds]) => (holds ? [] : [invariant]))
}

function describe({ rounds, calls, writes, archive, ...report }: ChaosReport): string[] {
  return [
    'milliseconds until a call is answered: min, median, max',
    ...PROCESS_FAULT_NAMES.flatMap((fault) => {
      const times = rounds
        .flatMap((round) => (round.fault === fault ? (round.answeredAfterMs ?? []) : []))
        .toSorted((a, b) => a - b)
      const median = times[Math.floor(times.length / 2)]
      return times.length === 0
        ? []
        : `  ${fault} × ${times.length}: ${times[0]}, ${median}, ${times.at(-1)}`
    }),
    `peers per key at most ${report.mostPeers}, keys destroyed ${report.keysDestroyed}, calls refused as duplicates ${report.duplicates}`,
    `rows written ${writes.rows}, with an old epoch ${writes.stale}, without a fence ${writes.unfenced}`,
    `calls answered ${calls.answered}, refused with 503 ${calls.refused}, other errors ${calls.wrong.length}, no response ${calls.broken}`,
    ...calls.wrong,
    `unexpected exits of services ${report.failures}; archived after all rounds ${archive.stored} of ${archive.sent}`,
  ]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
