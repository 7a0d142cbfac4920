import { readdir, readFile } from 'node:fs/promises'

const CLOCK_TICKS_PER_SECOND = 100

interface Stat {
  readonly parentPid: number
  readonly seconds: number
}

/** User and system time of a process, in seconds. */
export async function processorSeconds(pid: number): Promise<number> {
  return (await statOf(pid)).seconds
}

/** User and system time of a process and its running children, in seconds. Postgres has a child for each connection. */
export async function processorSecondsWithChildren(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  let sum = 0
  for (const other of pids) {
    // A process may have ended since the folder was read.
    const stat = await statOf(other).catch(() => null)
    if (stat !== null && (other === pid || stat.parentPid === pid)) sum += stat.seconds
  }
  return sum
}

async function statOf(pid: number): Promise<Stat> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')')).split(' ')
  const [user = 0, system = 0] = fields.slice(12, 14).map(Number)
  return { parentPid: Number(fields[2]), seconds: (user + system) / CLOCK_TICKS_PER_SECOND }
}
