import { createInterface } from 'node:readline'

/** What a contestant is told. */
export interface Task {
  readonly name: 'history' | 'download'
  readonly dcs: readonly { readonly id: number; readonly ip: string; readonly port: number }[]
  readonly publicKeyPem: string
  readonly phone: string
  readonly code: string
  /** `@` and its username, or its marked id. */
  readonly channel: string
  /** Where files go: each as `<message id>`. */
  readonly directory: string
}

/** What a contestant tells of its work, from the start signal to the end of it. */
export interface Performance {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of its whole life. */
  readonly peakMebibytes: number
  /** Posts read, or bytes written. */
  readonly amount: number
}

/**
 * A contestant is a process: it reads its task, gets ready, says so, and begins when it is told. `prepare` answers the
 * work to be measured, which answers its amount.
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
