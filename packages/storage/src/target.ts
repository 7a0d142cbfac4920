import type { Readable } from 'node:stream'
import type { TargetFull, TargetUnavailable } from './errors.ts'

export type TargetName = 'LOCAL' | 'NAS' | 'S3'

export interface StoredContent {
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

export interface FileToWrite {
  /** Below the target's root, `/` between its parts. */
  readonly path: string
  /** On whose behalf: letters and digits. What it leaves when it dies goes with `clear(owner)`. */
  readonly owner: string
  /** Bytes, where they are known; other than so many are refused. */
  readonly size?: number
  readonly signal?: AbortSignal
}

/** Both ends count, as in an HTTP range (RFC 9110). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export function isBeyond(range: ByteRange | undefined, size: number): boolean {
  return range !== undefined && (range.start >= size || range.end < range.start)
}

export interface OpenedFile {
  /** Of the whole file. */
  readonly size: number
  /** Whoever does not read it to its end destroys it. */
  readonly stream: Readable
}

/**
 * A place for files. What it does throws TargetUnavailable when it cannot be reached or written to, TargetFull when
 * less than the floor would stay free, and BadPath for a path that leads out of it.
 */
export interface Target {
  readonly name: TargetName
  /**
   * The folder that a source's `target_path` names: a leading `/` is the target's root, and so is the root's own
   * path. Throws BadPath.
   */
  folder(targetPath: string): string
  /** Why nothing can be written now; null when it can. */
  check(): Promise<TargetUnavailable | TargetFull | null>
  /** Null where nobody knows. */
  freeBytes(): Promise<number | null>
  /**
   * Writes `chunks`, of whatever length, holding a constant amount of memory. The path exists once the file is
   * complete and durable, not before; a file that it named already is replaced at once. Throws IncompleteFile.
   */
  write(file: FileToWrite, chunks: AsyncIterable<Uint8Array>): Promise<StoredContent>
  /**
   * Lets `file`, which was written, share the bytes of a file of the same content, and outlive it. False where that
   * is impossible: then both keep their own.
   */
  share(
    existing: { readonly path: string; readonly size: number },
    file: Pick<FileToWrite, 'path' | 'owner'>,
  ): Promise<boolean>
  /** Throws FileNotFound, and RangeNotSatisfiable for a range that begins beyond the end. */
  open(path: string, range?: ByteRange): Promise<OpenedFile>
  /** A file that does not exist is deleted already. Others that share its bytes keep them. */
  delete(path: string): Promise<void>
  /** On whose behalf something is being written, or was by writers that died. */
  owners(): Promise<string[]>
  /** Removes what writers of `owner` that died have left; one that is alive fails. */
  clear(owner: string): Promise<void>
}
