/** Collects bytes into blocks of `size` bytes. All blocks use the same buffer, which grows on demand up to `size`. */
export class Block {
  readonly #size: number
  #memory: Buffer = Buffer.alloc(0)
  #filled = 0

  constructor(size: number) {
    this.#size = size
  }

  /** The bytes added since the last full block. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#filled)
  }

  /** Adds `chunk` and yields each block that it fills. A block is valid until the next one is requested. */
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
 * Splits `chunks` into blocks of exactly `size` bytes; only the last one may be smaller. An empty stream has no blocks. A
 * block is valid until the next one is requested.
 */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  const block = new Block(size)
  for await (const chunk of chunks) yield* block.add(chunk)
  if (block.bytes.byteLength > 0) yield block.bytes
}
