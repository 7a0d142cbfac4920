import { writeFiller } from './filler.ts'

/** A part of a file that can write any range of itself. */
export interface Segment {
  readonly length: number
  /** Fills `target` with the segment's bytes from `offset` on. */
  write(target: Buffer, offset: number): void
}

/** The segments of a file in order; their lengths add up to its size. */
export type Layout = readonly Segment[]

export function bytesSegment(bytes: Buffer): Segment {
  return {
    length: bytes.length,
    write: (target, offset) => {
      bytes.copy(target, 0, offset, offset + target.length)
    },
  }
}

export function fillerSegment(key: Buffer, length: number): Segment {
  return { length, write: (target, offset) => writeFiller(key, offset, target) }
}

export interface BlockShape {
  readonly length: number
  /** The length of every block except the last. */
  readonly blockLength: number
  /** Writes block `index` whole. */
  readonly writeBlock: (target: Buffer, index: number) => void
  /** Allows the last block to have up to one byte less than two blocks, so that it is never short. */
  readonly longLastBlock?: boolean
}

/** A segment of blocks that can only be generated whole, because they contain a checksum of themselves. */
export function blocksSegment(shape: BlockShape): Segment {
  const { length, blockLength } = shape
  const whole = length / blockLength
  const count = Math.max(1, shape.longLastBlock === true ? Math.floor(whole) : Math.ceil(whole))
  const start = (index: number): number => (index >= count ? length : index * blockLength)
  return {
    length,
    write: (target, offset) => {
      const end = offset + target.length
      let index = Math.min(count - 1, Math.floor(offset / blockLength))
      for (; index < count && start(index) < end; index += 1) {
        const from = start(index)
        const to = start(index + 1)
        if (from >= offset && to <= end) {
          shape.writeBlock(target.subarray(from - offset, to - offset), index)
          continue
        }
        const block = Buffer.allocUnsafe(to - from)
        shape.writeBlock(block, index)
        block.copy(target, Math.max(0, from - offset), Math.max(0, offset - from), end - from)
      }
    },
  }
}

export function layoutLength(layout: Layout): number {
  return layout.reduce((sum, segment) => sum + segment.length, 0)
}

/** Fills `target` with the bytes of a file from `offset` on; both have to be within the file. */
export function writeLayout(layout: Layout, target: Buffer, offset: number): void {
  const end = offset + target.length
  let start = 0
  for (const segment of layout) {
    const from = Math.max(offset, start)
    const to = Math.min(end, start + segment.length)
    if (from < to) segment.write(target.subarray(from - offset, to - offset), from - start)
    start += segment.length
    if (start >= end) return undefined
  }
}
