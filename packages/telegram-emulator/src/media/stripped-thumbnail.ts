import {
  encodeColourScan,
  huffmanCodes,
  type CodingTables,
  type PictureSize,
} from './jpeg-codec.ts'
import { landscape } from './picture.ts'

const MAX_SIDE = 40

/**
 * The tables that every client prepends to a stripped thumbnail: those of ITU T.81 annex K, with steps 40 and 43 for
 * DC.
 */
const STANDARD_TABLES: CodingTables = {
  lumaDc: huffmanCodes({
    counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  }),
  // Only the end-of-block code is used, so the AC tables are truncated after its length.
  lumaAc: huffmanCodes({ counts: [0, 2, 1, 1], symbols: [1, 2, 3, 0] }),
  chromaDc: huffmanCodes({
    counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  }),
  chromaAc: huffmanCodes({ counts: [0, 1], symbols: [0] }),
  lumaStep: 40,
  chromaStep: 43,
}

/** Cache by landscape, width and height; a few hundred bytes each. */
const drawn = new Map<number, Buffer>()
const MAX_DRAWN = 10_000

/**
 * The payload of `photoStrippedSize`: version 1, height, width (at most 40), then the scan without its headers. Source:
 * https://core.telegram.org/api/files#stripped-thumbnails. The bytes are shared between callers and must not be
 * changed.
 */
export function strippedThumbnail(landscapeNumber: number, size: PictureSize): Buffer {
  const scale = MAX_SIDE / Math.max(size.width, size.height)
  const width = Math.max(1, Math.min(MAX_SIDE, Math.round(size.width * scale)))
  const height = Math.max(1, Math.min(MAX_SIDE, Math.round(size.height * scale)))
  const key = (landscapeNumber * (MAX_SIDE + 1) + width) * (MAX_SIDE + 1) + height
  const known = drawn.get(key)
  if (known !== undefined) return known
  const picture = landscape(landscapeNumber)
  const scan = encodeColourScan(picture, { width, height }, STANDARD_TABLES)
  const thumbnail = Buffer.concat([Buffer.from([1, height, width]), scan])
  if (drawn.size < MAX_DRAWN) drawn.set(key, thumbnail)
  return thumbnail
}
