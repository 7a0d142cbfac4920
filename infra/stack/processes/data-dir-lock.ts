import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** Another stack runs on the same data directory. */
export class DataDirInUse extends Error {
  override name = 'DataDirInUse'
}

/**
 * Locks a data directory for this process; the returned function unlocks it. A stale lock is replaced: its process has
 * ended, or the process id now belongs to another program.
 */
export function lockDataDir(dataDir: string, me: ProcessIdentity): () => void {
  const path = join(dataDir, 'lock')
  const draft = `${path}.${me.pid}`
  // A hard link creates the lock with its content, so no process reads an empty lock.
  writeFileSync(draft, JSON.stringify(me), { mode: 0o600 })
  try {
    while (!linkUnlessPresent(draft, path)) {
      const content = readUnlessGone(path)
      if (content === undefined) continue
      refuseIfHeld(dataDir, content)
      removeStaleLock(dataDir, path, content)
    }
  } finally {
    rmSync(draft)
  }
  return () => rmSync(path, { force: true })
}

function refuseIfHeld(dataDir: string, content: string): void {
  const holder = parseIdentity(content)
  if (holder === undefined || !isRunning(holder)) return
  throw new DataDirInUse(
    `${dataDir} is in use by the stack of process ${holder.pid}: stop that one, or choose another directory with DATA_DIR=…`,
  )
}

/** Moves the stale lock aside before deleting it, because another process may have replaced it meanwhile. */
function removeStaleLock(dataDir: string, path: string, judged: string): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readFileSync(aside, 'utf8')
  if (moved !== judged) linkUnlessPresent(aside, path)
  rmSync(aside)
  if (moved !== judged) refuseIfHeld(dataDir, moved)
}

function linkUnlessPresent(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readUnlessGone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parseIdentity(content: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(content) as ProcessIdentity
  } catch {
    // Truncated by a full disk or a crash: the lock is stale.
    return undefined
  }
}

/** The identity of this process, for locks and the stack file. */
export function ownIdentity(): ProcessIdentity {
  const me = identify(process.pid)
  if (me === undefined) throw new Error(`Process ${process.pid} cannot read its own start time`)
  return me
}
