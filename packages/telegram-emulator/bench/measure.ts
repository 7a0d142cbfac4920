export interface Measured {
  readonly wallSeconds: number
  /** Processor time of this process. */
  readonly cpuSeconds: number
}

export async function measure(run: () => Promise<void>): Promise<Measured> {
  const before = process.cpuUsage()
  const start = performance.now()
  await run()
  const { user, system } = process.cpuUsage(before)
  return { wallSeconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }
}

export function reportHead(): void {
  process.stdout.write(`${line('per second of', ['processor', 'wall clock'])}\n`)
}

export function report(name: string, amount: number, unit: string, measured: Measured): void {
  const rate = (seconds: number): string => Math.round(amount / seconds).toLocaleString('en')
  const rates = [rate(measured.cpuSeconds), rate(measured.wallSeconds)]
  process.stdout.write(`${line(name, rates)}  ${unit}/s\n`)
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join('')}`
}
