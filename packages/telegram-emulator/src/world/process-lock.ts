import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** `held` has the id of the process that holds the lock. */
export type LockResult = { status: 'locked'; unlock: () => void } | { status: 'held'; pid: number }

/**
 * Takes a lock between processes: a file at `path` with the id and the start time of its holder. A lock is stale and
 * taken over if its holder has ended or if another process has reused its id.
 */
export function lockForProcess(path: string): LockResult {
  const draft = `${path}.${process.pid}`
  // The file is linked into place, so that no process reads a half-written lock.
  writeFileSync(draft, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 })
  try {
    for (;;) {
      if (linkUnlessPresent(draft, path)) {
        return { status: 'locked', unlock: () => rmSync(path, { force: true }) }
      }
      const content = ignoring('ENOENT', () => readFileSync(path, 'utf8'))
      if (content === undefined) continue
      const pid = holderOf(content)
      if (pid !== undefined) return { status: 'held', pid }
      removeStale(path, content)
    }
  } finally {
    rmSync(draft)
  }
}

/**
 * Another process may have replaced the stale lock meanwhile: if the moved file is not the one that was judged stale,
 * it is moved back.
 */
function removeStale(path: string, judged: string): void {
  const aside = `${path}.stale.${process.pid}`
  ignoring('ENOENT', () => {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== judged) linkUnlessPresent(aside, path)
    rmSync(aside)
  })
}

function linkUnlessPresent(from: string, to: string): boolean {
  return (
    ignoring('EEXIST', () => {
      linkSync(from, to)
      return true
    }) ?? false
  )
}

function ignoring<T>(code: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined
    throw error
  }
}

/** The running process that holds a lock. A lock truncated by a crash has no holder. */
function holderOf(content: string): number | undefined {
  const [, pid, start] = /^(\d+) (.+)$/s.exec(content) ?? []
  return pid !== undefined && startOf(Number(pid)) === start ? Number(pid) : undefined
}

/** The start time of a process, which distinguishes it from others with the same id; undefined if it has ended. */
function startOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? startInProc(pid) : startFromPs(pid)
  } catch {
    // The process does not exist: /proc has no such directory, or `ps` exits with 1.
    return undefined
  }
}

/**
 * proc(5): the command in brackets may contain blanks and brackets; the state and, as field 22, the start time follow
 * it.
 */
function startInProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${rest[18]}`
}

function startFromPs(pid: number): string | undefined {
  const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [state, ...start] = text.trim().split(/\s+/)
  return state === undefined || state.startsWith('Z') ? undefined : start.join(' ')
}
