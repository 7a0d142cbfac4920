import { Readable } from 'node:stream'
import type { Targets } from '@telegather/storage'
import { isNotModified, matchesIfRange, type ConditionalHeaders } from './conditions.ts'
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

/**
 * The answer to a GET or HEAD of a file's bytes (RFC 9110 §13, §14). Throws `file_not_stored`, `file_removed` and
 * `target_unavailable`.
 */
export async function answerContent(
  targets: Targets,
  row: FileRow,
  { method, headers: requestHeaders }: ContentRequest,
): Promise<ContentAnswer> {
  const file = storedFile(row)
  const validators = { etag: `"${file.sha256}"`, lastModified: file.storedAt }
  const headers = {
    etag: validators.etag,
    'last-modified': file.storedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
  }
  if (isNotModified(requestHeaders, validators)) return { status: 304, headers }

  const { size } = file
  const isHead = method === 'HEAD'
  // A Range header applies to GET only (RFC 9110 §14.2).
  const range =
    isHead || !matchesIfRange(requestHeaders, validators)
      ? undefined
      : rangeOf(requestHeaders.range, size)
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

/** An empty stream. Throws like a GET when the file is missing on its target. */
async function withoutBytes(targets: Targets, file: StoredFile): Promise<Readable> {
  const firstByte = file.size > 0 ? { start: 0, end: 0 } : undefined
  const stream = await openContent(targets, file, firstByte)
  stream.destroy()
  return Readable.from([])
}
