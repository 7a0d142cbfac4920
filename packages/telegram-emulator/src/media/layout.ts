import type { FileFormat, FileSpec } from '../world/model.ts'
import { fillerKey } from './filler.ts'
import { jpegLayout } from './jpeg.ts'
import { mp3Layout } from './mp3.ts'
import { mp4Layout } from './mp4.ts'
import { oggLayout } from './ogg.ts'
import { pdfLayout } from './pdf.ts'
import { pngLayout } from './png.ts'
import { RecentlyUsed } from './recently-used.ts'
import { fillerSegment, layoutLength, type Layout } from './segments.ts'
import { webpLayout } from './webp.ts'
import { zipLayout } from './zip.ts'

/** Lays a file out at its exact size; undefined if the format does not fit the size. */
type LayoutFormat = (spec: FileSpec, key: Buffer) => Layout | undefined

const LAYOUTS: Record<FileFormat, LayoutFormat> = {
  pdf: pdfLayout,
  jpeg: jpegLayout,
  png: pngLayout,
  mp4: mp4Layout,
  ogg: oggLayout,
  mp3: mp3Layout,
  webp: webpLayout,
  zip: zipLayout,
  binary: (spec, key) => [fillerSegment(key, spec.size)],
}

/** Layouts contain generated pictures of up to about a hundred kilobytes each. */
const recentLayouts = new RecentlyUsed<Layout>(128)

/** Identifies the bytes of a file: descriptions with the same key have the same bytes. */
export function contentKey(spec: FileSpec): string {
  const { id, format, size, name, width, height, durationSeconds } = spec
  // Only a PDF contains its name.
  return [id, format, size, width, height, durationSeconds, format === 'pdf' ? name : ''].join(':')
}

/** The layout of a file. A size too small for the format yields plain filler. */
export function layoutOf(spec: FileSpec): Layout {
  return recentLayouts.get(contentKey(spec), () => {
    const key = fillerKey(spec)
    const layout = LAYOUTS[spec.format](spec, key) ?? [fillerSegment(key, spec.size)]
    if (layoutLength(layout) !== spec.size) {
      throw new Error(`the ${spec.format} layout of file ${spec.id} misses its size ${spec.size}`)
    }
    return layout
  })
}
