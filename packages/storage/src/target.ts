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

/** A file whose writing may break off and is then gone on with, by another process too. */
export interface FileToResume extends FileToWrite {
  /** Letters and digits: the same key for the same bytes, and for no others. */
  readonly key: string
  readonly size: number
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
   * Writes a file as `write` does, but keeps what was written when it breaks off: the next call for the same owner and
   * key, in whatever process, takes it up. `chunksFrom` gives the bytes from an offset on; they are the same each time.
   * The SHA-256 covers all bytes: those that were kept are verified. Throws IncompleteFile and TargetFull, and then keeps
   * nothing. Of two calls at once for one key, at most one fails.
   */
  resume(
    file: FileToResume,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent>
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
  /**
   * Bytes of the file; null where it does not exist. Throws TargetUnavailable rather than null where the whole target
   * may be away.
   */
  size(path: string): Promise<number | null>
  /** A file that does not exist is deleted already. Others that share its bytes keep them. */
  delete(path: string): Promise<void>
  /** Owners of unfinished files, of writers that live or died. */
  owners(): Promise<string[]>
  /** Keys of the owner's unfinished files that `resume` would take up. */
  unfinished(owner: string): Promise<string[]>
  /**
   * Removes unfinished files of `owner`, those for whose key `isOver` is true (null: without a key). A writer that is
   * still alive fails.
   */
  clear(owner: string, isOver?: (key: string | null) => boolean): Promise<void>
}
