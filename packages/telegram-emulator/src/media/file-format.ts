import type { FileFormat } from '../world/model.ts'

const FORMATS: Readonly<Record<string, FileFormat | undefined>> = {
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
}

/** The format of a MIME type; `binary` for unknown ones. */
export function fileFormatOf(mimeType: string): FileFormat {
  return FORMATS[mimeType] ?? 'binary'
}
