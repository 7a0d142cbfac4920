import type { Readable } from 'node:stream'
import { DomainError } from '@telegather/service'
import {
  BadPath,
  FileNotFound,
  TargetUnavailable,
  type ByteRange,
  type Targets,
} from '@telegather/storage'
import type { FileRow } from './queries.ts'

export type StoredFile = FileRow & {
  readonly target: NonNullable<FileRow['target']>
  readonly path: string
  readonly sha256: string
  readonly storedAt: Date
}

/** The file, if it is stored. Throws `file_not_stored` with its state. */
export function storedFile(file: FileRow): StoredFile {
  const { state, target, path, sha256, storedAt } = file
  if (state === 'stored' && target && path !== null && sha256 !== null && storedAt)
    return { ...file, target, path, sha256, storedAt }
  const reason = file.error === null ? '' : `: ${file.error}`
  throw new DomainError('file_not_stored', `The file is not stored (${state})${reason}`)
}

/** Opens a file, or a range of it, on its target. Throws `file_removed` and `target_unavailable`. */
export async function openContent(
  targets: Targets,
  file: StoredFile,
  range: ByteRange | undefined,
): Promise<Readable> {
  const target = targets[file.target]
  if (!target)
    throw new DomainError('target_unavailable', `Target ${file.target} is not configured`)
  try {
    const { size, stream } = await target.open(file.path, range)
    if (size === file.size) return stream
    stream.destroy()
  } catch (error) {
    // BadPath: a symbolic link on the target leads out of it.
    if (error instanceof FileNotFound || error instanceof BadPath)
      throw new DomainError('file_removed', gone(file), { cause: error })
    if (error instanceof TargetUnavailable)
      throw new DomainError('target_unavailable', error.message, {
        retryAfterSeconds: 60,
        cause: error,
      })
    throw error
  }
  throw new DomainError('file_removed', gone(file))
}

/** For a file that was removed from its target or replaced by one of another size. */
function gone({ target }: StoredFile): string {
  return `Target ${target} does not have this file any more`
}
