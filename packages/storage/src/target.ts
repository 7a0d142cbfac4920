import type { Readable } from 'node:stream'
import type { TargetFull, TargetUnavailable } from './errors.ts'

export type TargetName = 'LOCAL' | 'NAS' | 'S3'

export interface StoredContent {
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

export interface FileToWrite {
  /** Relative to the target's root, separated by `/`. */
  readonly path: string
  /** Letters and digits. `clear(owner)` removes what a dead writer of this owner left unfinished. */
  readonly owner: string
  /** Bytes, if known. Any other number of bytes is refused with IncompleteFile. */
  readonly size?: number
  readonly signal?: AbortSignal
}

/** A file whose write can be continued after a failure, by any process. */
export interface FileToResume extends FileToWrite {
  /** Letters and digits. Two files have the same key only if they have the same bytes. */
  readonly key: string
  readonly size: number
}

/** Byte offsets; both ends are inclusive, as in an HTTP range (RFC 9110). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export function isBeyond(range: ByteRange | undefined, size: number): boolean {
  return range !== undefined && (range.start >= size || range.end < range.start)
}

export interface OpenedFile {
  /** Bytes of the whole file. */
  readonly size: number
  /** A caller that does not read the stream to its end must destroy it. */
  readonly stream: Readable
}

/**
 * File storage. Its operations throw TargetUnavailable when the target cannot be reached or written to, TargetFull when
 * a write would leave less free space than the configured minimum, and BadPath for a path that leads out of the target.
 */
export interface Target {
  readonly name: TargetName
  /**
   * Parses a source's `target_path` to a folder relative to the target's root. A leading `/` and the root's absolute
   * path both stand for the root. Throws BadPath.
   */
  folder(targetPath: string): string
  /** Tries to write. Returns the error, or null when the target is writable. */
  check(): Promise<TargetUnavailable | TargetFull | null>
  /** Null when the target does not report its free space. */
  freeBytes(): Promise<number | null>
  /**
   * Writes `chunks`, of any total length, in constant memory. The path exists only once the file is complete and
   * durable; an existing file is replaced atomically. Throws IncompleteFile when `file.size` is given and wrong.
   */
  write(file: FileToWrite, chunks: AsyncIterable<Uint8Array>): Promise<StoredContent>
  /**
   * Writes a file like `write`, but keeps the written bytes when it fails. The next call with the same owner and key, in
   * any process, continues from them. `chunksFrom` gives the bytes from an offset on and must give the same bytes each
   * time. The SHA-256 covers all bytes; kept bytes are verified. After IncompleteFile and TargetFull nothing is kept. Of
   * two concurrent calls for one key, at most one fails.
   */
  resume(
    file: FileToResume,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent>
  /**
   * Replaces the written `file` with a link to the bytes of `existing`, which has the same content. Either can be deleted
   * without the other. Returns false when links are impossible; then both keep their own bytes.
   */
  share(
    existing: { readonly path: string; readonly size: number },
    file: Pick<FileToWrite, 'path' | 'owner'>,
  ): Promise<boolean>
  /** Throws FileNotFound, or RangeNotSatisfiable for a range that begins beyond the end of the file. */
  open(path: string, range?: ByteRange): Promise<OpenedFile>
  /**
   * Bytes of the file; null when it does not exist. Throws TargetUnavailable instead of returning null when the whole
   * target may be missing, for example unmounted.
   */
  size(path: string): Promise<number | null>
  /** Succeeds when the file does not exist. Files that share its bytes keep them. */
  delete(path: string): Promise<void>
  /** Owners of unfinished files, including those that are being written now. */
  owners(): Promise<string[]>
  /** Keys of the owner's unfinished files that `resume` can continue. */
  unfinished(owner: string): Promise<string[]>
  /**
   * Removes the owner's unfinished files for whose key `shouldRemove` returns true; by default, all. Files that are not
   * resumable have the key null. A writer of a removed file fails.
   */
  clear(owner: string, shouldRemove?: (key: string | null) => boolean): Promise<void>
}
