import { basename } from 'node:path'
import { contentDisposition } from './content-disposition.ts'

const PDF = 'application/pdf'
/** What browsers may show: nothing that runs. */
const SHOWN = new Set([
  PDF,
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/x-m4a',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/heic',
  'image/jpeg',
  'image/png',
  'image/webp',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
  'video/x-matroska',
])
const TEXT = 'text/plain'

/** How a file is told to browsers whose name and type a stranger has chosen. */
export function contentHeaders(file: {
  readonly name: string | null
  readonly mimeType: string | null
  readonly path: string
}): Record<string, string> {
  const type = file.mimeType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isShown = SHOWN.has(type) || type === TEXT
  const stored = basename(file.path)
  return {
    'content-type':
      type === TEXT ? `${TEXT}; charset=utf-8` : isShown ? type : 'application/octet-stream',
    'content-disposition': contentDisposition(
      isShown ? 'inline' : 'attachment',
      file.name ?? stored,
      stored,
    ),
    'x-content-type-options': 'nosniff',
    // No browser shows a PDF in a sandbox; its own viewer is one.
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'${type === PDF ? '' : '; sandbox'}`,
    'cross-origin-resource-policy': 'same-site',
  }
}
