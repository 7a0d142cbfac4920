import { LazyBytes, toBuffer } from '../memory/lazy-bytes.ts'
import type { FileSpec } from '../world/model.ts'
import { layoutOf } from './layout.ts'
import { writeLayout } from './segments.ts'

/**
 * Bytes `offset` to `offset + length` of a file, fewer where it ends. The same description gives the same bytes in
 * every process; the cost depends on `length` alone, plus at most one block of 64 KiB at either end.
 *
 * @throws RangeError when offset or length is not a whole number from 0 on.
 */
export function readFile(spec: FileSpec, offset: number, length: number): Buffer {
  return toBuffer(readFileLazily(spec, offset, length))
}

/** As {@link readFile}; the bytes are made when they are written. */
export function readFileLazily(spec: FileSpec, offset: number, length: number): LazyBytes {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`offset: ${offset}`)
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`length: ${length}`)
  const layout = layoutOf(spec)
  return new LazyBytes(Math.max(0, Math.min(length, spec.size - offset)), (target) => {
    if (target.length > 0) writeLayout(layout, target, offset)
  })
}
