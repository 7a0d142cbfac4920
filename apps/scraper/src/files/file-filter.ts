import { FILE_KINDS, type FileKind, type MediaKind } from '@telegather/contracts'
import type { fileName } from './file-name.ts'
import { hasExtension } from './file-type.ts'

/** Which files a source wants. */
export interface FileFilter {
  readonly withMedia: boolean
  /** Extensions in lower case, or kinds; empty means all. */
  readonly fileTypes: readonly string[]
  readonly maxFileSize: number | null
}

type FilteredFile = Parameters<typeof fileName>[1] & { readonly kind: MediaKind }

/** What people call the kinds of files that Telegram tells apart. */
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

/** Why the filter leaves a file out, as a sentence; null when it does not. */
export function leftOutBecause(
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
