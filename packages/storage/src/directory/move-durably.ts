import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from './disk-errors.ts'
import { refuseOutside } from './inside.ts'

/** A concurrent `delete` of the last file of a folder removes the folder too; then the move is retried. */
const MAX_TRIES = 10

/**
 * Renames a complete and fsynced `part` to `destination` below `root`, replacing an existing file. The new name survives a
 * power cut.
 */
export async function moveDurably(root: string, part: string, destination: string): Promise<void> {
  const folder = dirname(destination)
  for (let tries = 1; ; tries++) {
    try {
      await makeFolder(root, folder)
      await move(part, destination)
      break
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || tries === MAX_TRIES) throw error
    }
  }
  await syncFolder(folder)
}

async function move(part: string, destination: string): Promise<void> {
  try {
    await rename(part, destination)
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error
    await copyAcross(part, destination)
  }
}

/** For a `destination` on another file system, mounted below the root. The next try overwrites an incomplete copy. */
async function copyAcross(part: string, destination: string): Promise<void> {
  const beside = join(dirname(destination), `.${basename(destination)}.part`)
  await rm(beside, { force: true })
  await copyFile(part, beside)
  const handle = await open(beside, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, destination)
  await rm(part)
}

async function makeFolder(root: string, folder: string): Promise<void> {
  await refuseOutside(root, folder)
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made !== dirname(first); made = dirname(made))
    await syncFolder(dirname(made))
}

/** fsyncs a folder: only then does a new name in it survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems do not support fsync of folders and do not need it.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error
  } finally {
    await handle.close()
  }
}
