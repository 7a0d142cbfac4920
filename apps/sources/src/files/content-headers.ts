import { basename } from 'node:path'
import { contentDisposition } from './content-disposition.ts'

const PDF = 'application/pdf'
/** Types that browsers may show inline. None of them can run scripts. */
const INLINE_TYPES = new Set([
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

/** The headers of a file's bytes. They are safe for browsers although the file's name and type are untrusted. */
export function contentHeaders(file: {
  readonly name: string | null
  readonly mimeType: string | null
  readonly path: string
}): Record<string, string> {
  const type = file.mimeType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isInline = INLINE_TYPES.has(type) || type === TEXT
  const stored = basename(file.path)
  return {
    'content-type':
      type === TEXT ? `${TEXT}; charset=utf-8` : isInline ? type : 'application/octet-stream',
    'content-disposition': contentDisposition(
      isInline ? 'inline' : 'attachment',
      file.name ?? stored,
      stored,
    ),
    'x-content-type-options': 'nosniff',
    // No `sandbox` for a PDF: browsers do not show a PDF with it, and their PDF viewer is isolated.
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'${type === PDF ? '' : '; sandbox'}`,
    'cross-origin-resource-policy': 'same-site',
  }
}
