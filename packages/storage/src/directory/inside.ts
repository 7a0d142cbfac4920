import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { BadPath } from '../errors.ts'
import { segmentsOf } from '../paths.ts'
import { hasCode } from './disk-errors.ts'

/** The absolute path of `path` below `root`. Throws BadPath when `..` or a symbolic link leads out of `root`. */
export async function locate(root: string, path: string): Promise<string> {
  const full = join(root, ...segmentsOf(path))
  await refuseOutside(root, dirname(full))
  return full
}

/** The real path of an existing file, symbolic links resolved. Throws BadPath outside `root`, ENOENT when it is missing. */
export async function locateExisting(root: string, path: string): Promise<string> {
  const real = await realpath(join(root, ...segmentsOf(path)))
  if (!real.startsWith(withSeparator(root))) throw leadsOutside(path)
  return real
}

/** Throws BadPath when `folder`, or its nearest parent that exists, is outside `root` once links are resolved. */
export async function refuseOutside(root: string, folder: string): Promise<void> {
  const real = await realpathOfExisting(folder)
  if (real !== root && !real.startsWith(withSeparator(root))) throw leadsOutside(folder)
}

async function realpathOfExisting(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    return realpathOfExisting(dirname(folder))
  }
}

function withSeparator(root: string): string {
  return root.endsWith(sep) ? root : root + sep
}

function leadsOutside(path: string): BadPath {
  return new BadPath(`A symbolic link leads out of the target: ${path}`)
}
