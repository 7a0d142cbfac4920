/** The bytes of `chunks` in blocks of exactly `size` bytes but the last. None for an empty stream. */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafeSlow(size)
  let filled = 0
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength;) {
      const piece = chunk.subarray(offset, offset + size - filled)
      block.set(piece, filled)
      filled += piece.byteLength
      offset += piece.byteLength
      if (filled < size) continue
      yield block
      block = Buffer.allocUnsafeSlow(size)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}
