import { tlObjects } from '../content/tl-fields.ts'

/** One of the pictures that Telegram made of a photo. */
export interface PhotoSize {
  /** Telegram's letter for it, by which it is downloaded. */
  readonly type: string
  readonly width: number
  readonly height: number
  /** Bytes. */
  readonly size: number
  /** The picture itself in base64 where the photo carries it (`photoCachedSize`). */
  readonly content: string | null
}

/** The largest of a photo's `sizes`: the one of most pixels, of these the one of most bytes. Null where none has bytes. */
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

/** Bytes of a picture; 0 for a stripped thumbnail and an outline, which are no pictures of their own. */
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
