import { FILE_KINDS, type FileKind, type MediaKind } from '@telegather/contracts'
import type { fileName } from './file-name.ts'
import { hasExtension } from './file-type.ts'

/** The settings of a source that select the files to store. */
export interface FileFilter {
  readonly withMedia: boolean
  /** Extensions in lower case, or kinds of `FILE_KINDS`; empty means all. */
  readonly fileTypes: readonly string[]
  /** In bytes; null for no limit. */
  readonly maxFileSize: number | null
}

type FilteredFile = Parameters<typeof fileName>[1] & { readonly kind: MediaKind }

/** Maps Telegram's kinds of media to the kinds that a filter names. */
const KIND_OF: Readonly<Record<MediaKind, FileKind>> = {
  photo: 'photo',
  video: 'video',
  round: 'video',
  gif: 'video',
  audio: 'audio',
  voice: 'voice',
  sticker: 'document',
  document: 'document',
}

/** The reason why the filter skips a file, as a sentence for users; null when the file is stored. */
export function skipReason(
  { withMedia, fileTypes, maxFileSize }: FileFilter,
  file: FilteredFile & { readonly size: number },
): string | null {
  if (!withMedia) return 'The source stores text only'
  if (fileTypes.length > 0 && !fileTypes.some((type) => isOfType(type, file)))
    return `The source stores ${fileTypes.join(', ')} only`
  if (maxFileSize !== null && file.size > maxFileSize)
    return `The file has ${file.size} bytes, the source stores ${maxFileSize} at most`
  return null
}

function isOfType(type: string, file: FilteredFile): boolean {
  if (FILE_KINDS.some((kind) => kind === type)) {
    return KIND_OF[file.kind] === type
  }
  return hasExtension(file, type)
}
