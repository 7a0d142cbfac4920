import { extname } from 'node:path'
import type { FileFormat, FileSpec, MediaKind } from '../world/model.ts'

type Description = Omit<FileSpec, 'id' | 'size' | 'name'>

const WIDE = { width: 1280, height: 720 }
/** A photo small enough to be inside its message. */
const CACHED = { width: 90, height: 60 }

/** Default description of a file of each kind. */
const BY_KIND: Readonly<Record<MediaKind, Description>> = {
  photo: { format: 'jpeg', mimeType: 'image/jpeg', width: 1280, height: 960 },
  video: { format: 'mp4', mimeType: 'video/mp4', ...WIDE, durationSeconds: 30 },
  voice: { format: 'ogg', mimeType: 'audio/ogg', durationSeconds: 10 },
  audio: { format: 'mp3', mimeType: 'audio/mpeg', durationSeconds: 180 },
  round: { format: 'mp4', mimeType: 'video/mp4', width: 384, height: 384, durationSeconds: 10 },
  gif: { format: 'mp4', mimeType: 'video/mp4', width: 480, height: 270, durationSeconds: 5 },
  sticker: { format: 'webp', mimeType: 'image/webp', width: 512, height: 512 },
  document: { format: 'binary', mimeType: 'application/octet-stream' },
}

const DOCUMENTS_BY_EXTENSION: Readonly<Record<string, [FileFormat, string] | undefined>> = {
  '.pdf': ['pdf', 'application/pdf'],
  '.zip': ['zip', 'application/zip'],
  '.png': ['png', 'image/png'],
  '.jpg': ['jpeg', 'image/jpeg'],
  '.jpeg': ['jpeg', 'image/jpeg'],
}

/** A generated file for a post. Its kind determines the format; for documents, the extension of the name. */
export function postedFile(
  id: bigint,
  {
    kind,
    size,
    name,
    isCached = false,
  }: { kind: MediaKind; size: number; name: string | null; isCached?: boolean },
): FileSpec {
  const named =
    kind === 'document' ? DOCUMENTS_BY_EXTENSION[extname(name ?? '').toLowerCase()] : undefined
  const description = named === undefined ? BY_KIND[kind] : { format: named[0], mimeType: named[1] }
  return { id, size, name, ...description, ...(isCached && CACHED) }
}
