import type { FileSpec } from '../world/model.ts'
import { bytesSegment, fillerSegment, type Layout } from './segments.ts'

/** Offsets and lengths are written with this many digits, so that their values do not change other offsets. */
const DIGITS = 10
const MAX_SIZE = 9_999_999_999
const PAGES_TEXT = [
  'This document was generated from its identifier.',
  'The same identifier always gives the same bytes.',
  'Its pages are plain text; the rest of the file is one stream of filler.',
  'Every range of it can be read on its own.',
]

function digits(value: number): string {
  return String(value).padStart(DIGITS, '0')
}

function escapeText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/[\\()]/g, String.raw`\$&`)
}

function pageContent(spec: FileSpec, page: number, pageCount: number): string {
  const title = escapeText((spec.name ?? 'document').slice(0, 60))
  const lines = [`${title}, page ${page} of ${pageCount}`, '', ...PAGES_TEXT, '', `File ${spec.id}`]
  const shown = lines.map((line) => `(${line}) Tj T*`).join('\n')
  const text = `BT /F1 12 Tf 16 TL 72 770 Td\n${shown}\nET`
  return `<< /Length ${text.length} >>\nstream\n${text}\nendstream`
}

/** Objects 1 to n without the filler: catalog, pages, font, then pages and contents alternately. */
function objects(spec: FileSpec, pageCount: number): string[] {
  const pageNumbers = Array.from({ length: pageCount }, (_, index) => index + 1)
  const kids = pageNumbers.map((page) => `${2 + page * 2} 0 R`).join(' ')
  return [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pageCount} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pageNumbers.flatMap((page) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> ` +
        `/Contents ${3 + page * 2} 0 R >>`,
      pageContent(spec, page, pageCount),
    ]),
  ]
}

function crossReference(offsets: readonly number[], startOffset: number): string {
  const entries = offsets.map((offset) => `${digits(offset)} 00000 n \n`).join('')
  return (
    `xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${entries}` +
    `trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\nstartxref\n${digits(startOffset)}\n%%EOF\n`
  )
}

/** A PDF 1.4 of one to twelve pages of text, with a filler stream of exactly the remaining length. */
export function pdfLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  if (spec.size > MAX_SIZE) return undefined
  const pageCount = Math.max(1, Math.min(12, Math.floor(spec.size / 20_000)))
  const offsets: number[] = []
  let head = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'
  for (const [index, body] of objects(spec, pageCount).entries()) {
    offsets.push(head.length)
    head += `${index + 1} 0 obj\n${body}\nendobj\n`
  }
  offsets.push(head.length)
  const open = (length: number): string =>
    `${offsets.length} 0 obj\n<< /Length ${digits(length)} >>\nstream\n`
  const close = '\nendstream\nendobj\n'
  const fixed = head.length + open(0).length + close.length + crossReference(offsets, 0).length
  const room = spec.size - fixed
  if (room < 0) return undefined
  const start = head + open(room)
  const end = close + crossReference(offsets, start.length + room + close.length)
  return [
    bytesSegment(Buffer.from(start, 'latin1')),
    fillerSegment(key, room),
    bytesSegment(Buffer.from(end, 'latin1')),
  ]
}
