import { strippedThumbnail } from '../media/stripped-thumbnail.ts'
import { landscapeNumber } from '../media/picture.ts'
import { readFile } from '../media/read-file.ts'
import type { TlObject } from '../tl/object.ts'
import { fileAccessHash, fileDcId } from '../world/file-id.ts'
import type { FileSpec } from '../world/model.ts'

/** Bounding boxes of the scaled sizes of photos, by type letter. */
const PHOTO_BOXES = [
  { type: 'm', side: 320 },
  { type: 'x', side: 800 },
  { type: 'y', side: 1280 },
  { type: 'w', side: 2560 },
]
const LARGEST_TYPE = 'w'
const PREVIEW_SIDE = 320
/** References are added when the message is sent. */
const NO_REFERENCE = Buffer.alloc(0)
/** Shares of a progressive JPEG at which a coarser picture is complete. */
const PROGRESSIVE_SHARES = [0.12, 0.3, 0.45, 0.7, 1]

function fitInto(side: number, spec: FileSpec): { w: number; h: number } {
  const { width = PREVIEW_SIDE, height = PREVIEW_SIDE } = spec
  const scale = Math.min(1, side / Math.max(width, height))
  return { w: Math.max(1, Math.round(width * scale)), h: Math.max(1, Math.round(height * scale)) }
}

function stripped(spec: FileSpec): TlObject {
  const size = { width: spec.width ?? PREVIEW_SIDE, height: spec.height ?? PREVIEW_SIDE }
  return {
    _: 'photoStrippedSize',
    type: 'i',
    bytes: strippedThumbnail(landscapeNumber(spec), size),
  }
}

/** Sizes in ascending order; the largest is the file itself. */
function photoSizes(spec: FileSpec): TlObject[] {
  const longest = Math.max(spec.width ?? PREVIEW_SIDE, spec.height ?? PREVIEW_SIDE)
  const own = PHOTO_BOXES.find(({ side }) => longest <= side)?.type ?? LARGEST_TYPE
  const sizes: TlObject[] = [stripped(spec)]
  for (const { type, side } of PHOTO_BOXES) {
    if (type === own) break
    const share = (side / longest) ** 2
    // Scaled pictures take more bytes per pixel, but less than the file in all.
    const size = Math.min(spec.size - 1, Math.round(spec.size * share * 1.3))
    if (size > 0) sizes.push({ _: 'photoSize', type, ...fitInto(side, spec), size })
  }
  const largest = { type: own, ...fitInto(Number.POSITIVE_INFINITY, spec) }
  if (own === 'y' && spec.size % 20 !== 0 && spec.size > 10_000) {
    const steps = PROGRESSIVE_SHARES.map((share) => Math.round(spec.size * share))
    sizes.push({ _: 'photoSizeProgressive', ...largest, sizes: steps })
  } else {
    sizes.push({ _: 'photoSize', ...largest, size: spec.size })
  }
  return sizes
}

/** A `photoCachedSize`: a small picture with its bytes inside the message. */
function cachedSize(spec: FileSpec): TlObject {
  const bytes = readFile(spec, 0, spec.size)
  return { _: 'photoCachedSize', type: 's', ...fitInto(Number.POSITIVE_INFINITY, spec), bytes }
}

function fileFields(spec: FileSpec, date: number): Omit<TlObject, '_'> {
  const { id } = spec
  const access_hash = fileAccessHash(id)
  return { id, access_hash, file_reference: NO_REFERENCE, date, dc_id: fileDcId(id) }
}

/** The `photo` whose largest size is the file. `date` in Unix seconds. */
export function photoObject(spec: FileSpec, date: number): TlObject {
  return { _: 'photo', ...fileFields(spec, date), sizes: photoSizes(spec) }
}

/**
 * The `photo` whose only size has its bytes inside the message; the file cannot be downloaded. `date` in Unix seconds.
 */
export function cachedPhotoObject(spec: FileSpec, date: number): TlObject {
  return { _: 'photo', ...fileFields(spec, date), sizes: [stripped(spec), cachedSize(spec)] }
}

function documentThumbs(spec: FileSpec): TlObject[] {
  const size = Math.min(24_000, Math.max(600, Math.round(spec.size / 40)))
  return [stripped(spec), { _: 'photoSize', type: 'm', ...fitInto(PREVIEW_SIDE, spec), size }]
}

/** The `document` of a file. Its name is an attribute, and files with a width have thumbnails. */
export function documentObject(
  spec: FileSpec,
  date: number,
  attributes: readonly TlObject[],
): TlObject {
  const name: TlObject[] =
    spec.name === null ? [] : [{ _: 'documentAttributeFilename', file_name: spec.name }]
  return {
    _: 'document',
    ...fileFields(spec, date),
    mime_type: spec.mimeType,
    size: BigInt(spec.size),
    ...(spec.width === undefined ? {} : { thumbs: documentThumbs(spec) }),
    attributes: [...attributes, ...name],
  }
}
