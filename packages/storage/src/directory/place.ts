import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from './disk-errors.ts'
import { refuseOutside } from './inside.ts'

/** Whoever deletes the last file of a folder takes it away, also while it is being written to. */
const MAX_TRIES = 10

/** Gives a complete and synced `part` its final name below `root`, in place of what had it, to outlive a power cut. */
export async function place(root: string, part: string, destination: string): Promise<void> {
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
    await placeAcross(part, destination)
  }
}

/** Another file system is mounted below the root. A copy that broke off is written over by the next try. */
async function placeAcross(part: string, destination: string): Promise<void> {
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

/** A name outlives a power cut only when its folder has been written too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems do not sync folders, and need not.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error
  } finally {
    await handle.close()
  }
}
