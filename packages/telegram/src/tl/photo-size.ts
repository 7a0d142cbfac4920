import { tlObjects } from '../content/tl-fields.ts'

/** One size of a photo (`PhotoSize`). */
export interface PhotoSize {
  /** Type letter, the `thumb_size` of a download. */
  readonly type: string
  readonly width: number
  readonly height: number
  /** Bytes. */
  readonly size: number
  /** The image in base64 when the photo object contains it (`photoCachedSize`); otherwise null. */
  readonly content: string | null
}

/** The size with the most pixels, then the most bytes, of a photo's `sizes`. Null when none is an image. */
export function largestPhotoSize(sizes: unknown): PhotoSize | null {
  const [largest] = tlObjects(sizes)
    .map(({ _, type, w, h, ...fields }) => {
      const content = _ === 'photoCachedSize' ? fields['bytes'] : null
      return {
        type: typeof type === 'string' ? type : '',
        width: Number(w),
        height: Number(h),
        size: bytesOf(_, fields),
        content: typeof content === 'string' ? content : null,
      }
    })
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.width * b.height - a.width * a.height || b.size - a.size)
  return largest ?? null
}

/** Bytes of the image; 0 for a stripped thumbnail (`photoStrippedSize`) and an outline (`photoPathSize`). */
function bytesOf(type: string, fields: Readonly<Record<string, unknown>>): number {
  switch (type) {
    case 'photoSize':
      return Number(fields['size'] ?? 0)
    case 'photoSizeProgressive':
      return Array.isArray(fields['sizes']) ? Number(fields['sizes'].at(-1) ?? 0) : 0
    case 'photoCachedSize':
      return typeof fields['bytes'] === 'string' ? Buffer.byteLength(fields['bytes'], 'base64') : 0
    default:
      return 0
  }
}
