import { Readable } from 'node:stream'
import type { Targets } from '@telegather/storage'
import { isNotModified, isRangeOfSame, type ConditionalHeaders } from './conditions.ts'
import { contentHeaders } from './content-headers.ts'
import { openContent, storedFile, type StoredFile } from './open-content.ts'
import type { FileRow } from './queries.ts'
import { rangeOf } from './range.ts'

export interface ContentRequest {
  readonly method: string
  readonly headers: ConditionalHeaders & { readonly range?: string | undefined }
}

export type ContentAnswer = {
  readonly headers: Readonly<Record<string, string | number>>
} & (
  | { readonly status: 304 }
  | { readonly status: 416; readonly size: number }
  | { readonly status: 200 | 206; readonly stream: Readable }
)

/** What GET and HEAD of a file's bytes are answered (RFC 9110 §13, §14); the stream is its target's. */
export async function answerContent(
  targets: Targets,
  row: FileRow,
  { method, headers: asked }: ContentRequest,
): Promise<ContentAnswer> {
  const file = storedFile(row)
  const validators = { etag: `"${file.sha256}"`, lastModified: file.storedAt }
  const headers = {
    etag: validators.etag,
    'last-modified': file.storedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
  }
  if (isNotModified(asked, validators)) return { status: 304, headers }

  const { size } = file
  const isHead = method === 'HEAD'
  // HEAD knows no ranges (RFC 9110 §14.2).
  const range = isHead || !isRangeOfSame(asked, validators) ? undefined : rangeOf(asked.range, size)
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` }, size }
  const stream = isHead
    ? await withoutBytes(targets, file)
    : await openContent(targets, file, range)
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      ...contentHeaders(file),
      'content-length': range ? range.end - range.start + 1 : size,
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    },
    stream,
  }
}

/** The file has to be there for HEAD as well. */
async function withoutBytes(targets: Targets, file: StoredFile): Promise<Readable> {
  const firstByte = file.size > 0 ? { start: 0, end: 0 } : undefined
  const stream = await openContent(targets, file, firstByte)
  stream.destroy()
  return Readable.from([])
}
