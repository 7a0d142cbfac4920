import { link, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './disk-errors.ts'
import { syncFolder } from './move-durably.ts'

/** The file system has no hard links, the files are on two file systems, the link limit is reached, or a file is gone. */
const IMPOSSIBLE = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ENOENT']

/**
 * Replaces `destination` with a hard link to `existing`, a file of the same content: links it as `part`, then renames.
 * Returns false when that is impossible; then nothing has changed.
 */
export async function shareContent(
  existing: { readonly path: string; readonly size: number },
  destination: string,
  part: string,
): Promise<boolean> {
  const [kept, written] = await Promise.all([stat(existing.path), stat(destination)])
  if (kept.dev === written.dev && kept.ino === written.ino) return true
  if (!kept.isFile() || kept.size !== existing.size || kept.size !== written.size) return false
  try {
    await link(existing.path, part)
    await rename(part, destination)
  } catch (error) {
    await rm(part, { force: true })
    if (hasCode(error, ...IMPOSSIBLE)) return false
    throw error
  }
  await syncFolder(dirname(destination))
  return true
}
