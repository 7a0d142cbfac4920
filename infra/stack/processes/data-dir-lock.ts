import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** Another stack runs on the same data directory. */
export class DataDirInUse extends Error {
  override name = 'DataDirInUse'
}

/**
 * Makes this process the only stack on a data directory; the returned function gives it back.
 * A lock whose process has ended, or whose process id belongs to another program now, is taken over.
 */
export function lockDataDir(dataDir: string, me: ProcessIdentity): () => void {
  const path = join(dataDir, 'lock')
  const draft = `${path}.${me.pid}`
  // Linked into place, so that nobody ever reads a lock without its content.
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

/** Two starters may judge the same lock stale; moved aside first, a lock made in between is noticed. */
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
    // Cut short by a full disk or a crash: nobody holds it.
    return undefined
  }
}

/** This process, as locks and the stack file name it. */
export function ownIdentity(): ProcessIdentity {
  const me = identify(process.pid)
  if (me === undefined) throw new Error(`Process ${process.pid} cannot read its own time of start`)
  return me
}
