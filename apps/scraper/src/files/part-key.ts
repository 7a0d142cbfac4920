import { createHash } from 'node:crypto'
import type { FileLocation } from '@telegather/telegram'
import type { FileRow } from './queries.ts'

/**
 * The key of a file row's bytes for `Target.resume`. The key changes when the row gets another document, another size of
 * its photo, or another length.
 */
export function partKey({ id, size, location }: Pick<FileRow, 'id' | 'size' | 'location'>): string {
  const { type, id: mediaId, thumbSize } = location as FileLocation
  const content = createHash('sha256').update(JSON.stringify([type, mediaId, thumbSize, size]))
  return `${id}x${content.digest('hex').slice(0, 16)}`
}

/** The id of the file row that a key belongs to; null for a key that `partKey` did not make. */
export function fileIdOf(key: string): number | null {
  const id = /^(\d{1,15})x/.exec(key)?.[1]
  return id === undefined ? null : Number(id)
}
