import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { BadPath } from '../errors.ts'
import { segmentsOf } from '../paths.ts'
import { hasCode } from './disk-errors.ts'

/** Where `path` lies in `root`, real. Throws BadPath when it, or a symbolic link on its way, leads out. */
export async function locate(root: string, path: string): Promise<string> {
  const full = join(root, ...segmentsOf(path))
  await refuseOutside(root, dirname(full))
  return full
}

/** `locate` of a file that exists, symbolic links followed. Throws ENOENT when it does not. */
export async function locateExisting(root: string, path: string): Promise<string> {
  const real = await realpath(join(root, ...segmentsOf(path)))
  if (!real.startsWith(withSeparator(root))) throw leaves(path)
  return real
}

/** Follows what exists of `folder`. */
export async function refuseOutside(root: string, folder: string): Promise<void> {
  const real = await realpathOfExisting(folder)
  if (real !== root && !real.startsWith(withSeparator(root))) throw leaves(folder)
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

function leaves(path: string): BadPath {
  return new BadPath(`A symbolic link leads out of the target: ${path}`)
}
