/**
 * The bytes of `chunks` in blocks of exactly `size` bytes but the last; none for an empty stream. All are in the same
 * memory: a block is over when the next one is asked for.
 */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let block: Buffer = Buffer.alloc(0)
  let filled = 0
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength;) {
      const piece = chunk.subarray(offset, offset + size - filled)
      block = withRoom(block, filled + piece.byteLength, size)
      block.set(piece, filled)
      filled += piece.byteLength
      offset += piece.byteLength
      if (filled < size) continue
      yield block
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

/** Small files get by with little. */
function withRoom(block: Buffer, bytes: number, size: number): Buffer {
  if (block.byteLength >= bytes) return block
  const larger = Buffer.allocUnsafeSlow(Math.min(size, Math.max(bytes, 2 * block.byteLength)))
  block.copy(larger)
  return larger
}
