/** The format and dimensions in the header of an image file. */
export interface ImageSides {
  readonly format: 'jpeg' | 'png' | 'webp' | 'gif'
  readonly width: number
  readonly height: number
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * Reads format and dimensions from the first bytes of a file; 64 KiB suffice unless a JPEG starts with large
 * application segments. Null if they are not found.
 */
export function imageSides(head: Buffer): ImageSides | null {
  const sides = pngSides(head) ?? gifSides(head) ?? webpSides(head) ?? jpegSides(head)
  return sides !== null && sides.width > 0 && sides.height > 0 ? sides : null
}

function pngSides(head: Buffer): ImageSides | null {
  if (head.length < 24 || !head.subarray(0, 8).equals(PNG_SIGNATURE)) return null
  return { format: 'png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
}

function gifSides(head: Buffer): ImageSides | null {
  if (head.length < 10 || head.toString('latin1', 0, 4) !== 'GIF8') return null
  return { format: 'gif', width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
}

/** RFC 9649: the canvas of VP8X, or the frame of VP8 and VP8L. */
function webpSides(head: Buffer): ImageSides | null {
  if (head.length < 30 || head.toString('latin1', 8, 12) !== 'WEBP') return null
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return {
        format: 'webp',
        width: head.readUIntLE(24, 3) + 1,
        height: head.readUIntLE(27, 3) + 1,
      }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { format: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      return {
        format: 'webp',
        width: head.readUInt16LE(26) & 0x3fff,
        height: head.readUInt16LE(28) & 0x3fff,
      }
    default:
      return null
  }
}

/** ITU T.81: finds the first frame header by following the marker segments. */
function jpegSides(head: Buffer): ImageSides | null {
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return null
  let offset = 2
  while (offset + 9 <= head.length) {
    if (head[offset] !== 0xff) return null
    const marker = head[offset + 1] ?? 0
    if (marker === 0xff) {
      offset += 1
      continue
    }
    if (isFrame(marker)) {
      return {
        format: 'jpeg',
        width: head.readUInt16BE(offset + 7),
        height: head.readUInt16BE(offset + 5),
      }
    }
    offset += 2 + head.readUInt16BE(offset + 2)
  }
  return null
}

/** SOF0 to SOF15, except the markers DHT, JPG and DAC in that range. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
