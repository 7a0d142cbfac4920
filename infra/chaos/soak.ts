/** `npm run soak -- [--rounds N] [--seed S]`: the fight over a session at length. Ends with 1 when a promise is broken. */
import { parseArgs } from 'node:util'
import { ACT_NAMES } from './acts.ts'
import { leaseChaos, type ChaosReport } from './lease-chaos.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 100)
const seed = Number(values.seed ?? 1)
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(seed)))
  throw new Error('usage: npm run soak -- [--rounds N] [--seed S]')

say(`${rounds} rounds, seed ${seed}`)
const report = await leaseChaos({
  rounds,
  seed,
  onRound: ({ number, act, answeredAfterMs }) =>
    say(`${number}  ${act}  ${answeredAfterMs === null ? 'a bystander' : `${answeredAfterMs} ms`}`),
})
for (const line of describe(report)) say(line)
const broken = brokenPromises(report)
for (const promise of broken) say(`BROKEN: ${promise}`)
process.exitCode = broken.length > 0 ? 1 : 0

/** What every fight must end with. */
function brokenPromises({ writes, calls, archive, ...report }: ChaosReport): string[] {
  const promises = {
    'one peer per key': report.mostPeers === 1 && report.duplicates === 0,
    'no key destroyed': report.keysDestroyed === 0 && report.sessionState === 'active',
    'no row written with an old epoch': writes.rows > 0 && writes.stale === 0,
    'no row written without a fence': writes.unfenced === 0,
    'no service ends by itself': report.failures === 0,
    'calls are answered, or refused with 503': calls.answered > 0 && calls.wrong.length === 0,
    'everything is archived in the end': archive.stored === archive.sent,
  }
  return Object.entries(promises).flatMap(([promise, isKept]) => (isKept ? [] : [promise]))
}

function describe({ rounds, calls, writes, archive, ...report }: ChaosReport): string[] {
  return [
    'milliseconds until a call is answered: min, median, max',
    ...ACT_NAMES.flatMap((act) => {
      const times = rounds
        .flatMap((round) => (round.act === act ? (round.answeredAfterMs ?? []) : []))
        .toSorted((a, b) => a - b)
      const median = times[Math.floor(times.length / 2)]
      return times.length === 0
        ? []
        : `  ${act} × ${times.length}: ${times[0]}, ${median}, ${times.at(-1)}`
    }),
    `peers per key at most ${report.mostPeers}, keys destroyed ${report.keysDestroyed}, calls refused as duplicates ${report.duplicates}`,
    `rows written ${writes.rows}, with an old epoch ${writes.stale}, without a fence ${writes.unfenced}`,
    `calls answered ${calls.answered}, refused with 503 ${calls.refused}, wrong ${calls.wrong.length}, cut off ${calls.broken}`,
    ...calls.wrong,
    `services that ended by themselves ${report.failures}; archived in the end ${archive.stored} of ${archive.sent}`,
  ]
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
