import { createInterface } from 'node:readline'

/** The task of a contestant, sent to its stdin. */
export interface Task {
  readonly name: 'history' | 'download'
  readonly dcs: readonly { readonly id: number; readonly ip: string; readonly port: number }[]
  readonly publicKeyPem: string
  readonly phone: string
  readonly code: string
  /** `@username` or marked id. */
  readonly channel: string
  /** Folder of downloaded files, named `<message id>`. */
  readonly directory: string
}

/** Figures of a contestant's work, from the start signal to its end. */
export interface Performance {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the whole process, including its preparation. */
  readonly peakMebibytes: number
  /** Posts read, or bytes written. */
  readonly amount: number
}

/**
 * Main function of a contestant process: reads the task, prepares, reports that it is ready, waits for the start signal,
 * measures the work and reports the figures. `prepare` returns the work as a function, which returns the amount.
 */
export async function contest(
  prepare: (task: Task) => Promise<() => Promise<number>>,
): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const task = JSON.parse(String((await lines.next()).value)) as Task
  const work = await prepare(task)
  say('ready')
  await lines.next()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const amount = await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const performed: Performance = {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
    amount,
  }
  say(JSON.stringify(performed))
  process.exit(0)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
