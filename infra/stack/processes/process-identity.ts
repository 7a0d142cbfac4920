import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/** Process id and start time. An id alone is not unique: the system reuses it. */
export interface ProcessIdentity {
  readonly pid: number
  /** Compared, never interpreted: boot id and clock ticks on Linux, `ps`'s lstart elsewhere. */
  readonly startedAt: string
}

/** The identity of a process, or undefined when it has ended (a zombie has). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startInProc(pid) : startFromPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt
}

/** Sends a signal unless the process is gone; false when it was. */
function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** The command line of a process; empty when it has ended. */
export function commandLine(pid: number): string {
  return process.platform === 'linux'
    ? (readIfPresent(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ')
    : (outputOfPs('command=', pid) ?? '')
}

/** Waits for the end of any process, child or not; false when it still runs after `timeoutMs`. */
async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}

/** Sends a stop signal, and SIGKILL after `timeoutMs`. */
export async function stopProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  if (!signalProcess(identity, signal)) return
  if (await waitForExit(identity, timeoutMs)) return
  signalProcess(identity, 'SIGKILL')
  await waitForExit(identity, timeoutMs)
}

function startInProc(pid: number): string | undefined {
  const stat = readIfPresent(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // proc(5): the command in brackets may itself hold blanks and brackets; the state follows the last one.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  const bootId = readIfPresent('/proc/sys/kernel/random/boot_id')?.trim()
  return `${bootId}/${rest[18]}`
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended, perhaps between open and read (ESRCH).
    return undefined
  }
}

function startFromPs(pid: number): string | undefined {
  const [state, ...start] = outputOfPs('stat=,lstart=', pid)?.trim().split(/\s+/) ?? []
  return state === undefined || state.startsWith('Z') ? undefined : start.join(' ')
}

function outputOfPs(columns: string, pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    // ps ends with 1 when there is no such process.
    return undefined
  }
}
