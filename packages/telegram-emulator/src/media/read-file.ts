import { LazyBytes, toBuffer } from '../memory/lazy-bytes.ts'
import type { FileSpec } from '../world/model.ts'
import { layoutOf } from './layout.ts'
import { writeLayout } from './segments.ts'

/**
 * Bytes `offset` to `offset + length` of a file, fewer at its end. The same description yields the same bytes in every
 * process. The cost depends only on `length`, plus at most one block of 64 KiB at either end.
 *
 * @throws RangeError if offset or length is not a non-negative integer
 */
export function readFile(spec: FileSpec, offset: number, length: number): Buffer {
  return toBuffer(readFileLazily(spec, offset, length))
}

/** Like {@link readFile}; the bytes are generated when they are written. */
export function readFileLazily(spec: FileSpec, offset: number, length: number): LazyBytes {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`offset: ${offset}`)
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`length: ${length}`)
  const layout = layoutOf(spec)
  return new LazyBytes(Math.max(0, Math.min(length, spec.size - offset)), (target) => {
    if (target.length > 0) writeLayout(layout, target, offset)
  })
}
