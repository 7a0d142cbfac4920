import type { RunningStack } from '../../testing/running-stack.ts'
import { processorSecondsWithChildren } from '../processor-seconds.ts'

/** What the services do without requests, measured beside a large archive. */
export interface Work {
  readonly name: string
  readonly amount: number
  readonly seconds: number
  /** Processor seconds of each process; its children are included. */
  readonly processors: Readonly<Record<string, number>>
}

/** Work that was measured by itself. `seconds` has none of its preparation; the processor seconds may have. */
type Timed = Pick<Work, 'amount' | 'seconds'>

/** Performs work and measures the processor seconds of the processes meanwhile. */
export async function measure(
  name: string,
  processes: RunningStack['processes'],
  work: () => Promise<Timed>,
): Promise<Work> {
  const read = async () =>
    new Map(
      await Promise.all(
        processes.map(async (one) => [one, await processorSecondsWithChildren(one.pid)] as const),
      ),
    )
  const before = await read()
  const { amount, seconds } = await work()
  const after = await read()
  const processors = Object.fromEntries(
    processes.map((one) => [one.name, (after.get(one) ?? 0) - (before.get(one) ?? 0)]),
  )
  return { name, amount, seconds, processors }
}
