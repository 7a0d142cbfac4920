/** Collects bytes into a block of `size` bytes, the same memory for each block. Small files use little of it. */
export class Block {
  readonly #size: number
  #memory: Buffer = Buffer.alloc(0)
  #filled = 0

  constructor(size: number) {
    this.#size = size
  }

  /** What was added since the last full block. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#filled)
  }

  /** The blocks that `chunk` fills, each valid until the next one is asked for. The block is empty after the last. */
  *add(chunk: Uint8Array): Generator<Uint8Array> {
    for (let offset = 0; offset < chunk.byteLength;) {
      const piece = chunk.subarray(offset, offset + this.#size - this.#filled)
      this.#makeRoom(this.#filled + piece.byteLength)
      this.#memory.set(piece, this.#filled)
      this.#filled += piece.byteLength
      offset += piece.byteLength
      if (this.#filled < this.#size) continue
      yield this.bytes
      this.#filled = 0
    }
  }

  #makeRoom(bytes: number): void {
    if (this.#memory.byteLength >= bytes) return
    const doubled = Math.max(bytes, 2 * this.#memory.byteLength)
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#size, doubled))
    this.#memory.copy(larger)
    this.#memory = larger
  }
}

/**
 * The bytes of `chunks` in blocks of exactly `size` bytes but the last; none for an empty stream. A block is valid until
 * the next one is asked for.
 */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  const block = new Block(size)
  for await (const chunk of chunks) yield* block.add(chunk)
  if (block.bytes.byteLength > 0) yield block.bytes
}
