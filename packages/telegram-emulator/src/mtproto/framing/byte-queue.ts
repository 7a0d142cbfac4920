/** Smaller chunks are merged: a frame that arrives byte by byte must not cost an object per byte. */
const MIN_CHUNK_BYTES = 4096

/** Received chunks, readable in other sizes. */
export class ByteQueue {
  readonly #chunks: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#length += chunk.length
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.length + chunk.length <= MIN_CHUNK_BYTES) {
      this.#chunks[this.#chunks.length - 1] = Buffer.concat([last, chunk])
    } else {
      this.#chunks.push(chunk)
    }
  }

  /** Returns the first `count` bytes without removing them; `count` must not exceed the length. */
  peek(count: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    const bytes = Buffer.allocUnsafe(count)
    let filled = 0
    for (const chunk of this.#chunks) {
      if (filled >= count) break
      filled += chunk.copy(bytes, filled, 0, count - filled)
    }
    return bytes
  }

  /** Removes and returns the first `count` bytes; `count` must not exceed the length. */
  take(count: number): Buffer {
    const bytes = this.peek(count)
    let left = count
    while (left > 0) {
      const first = this.#chunks[0]
      if (first === undefined) break
      if (first.length > left) {
        this.#chunks[0] = first.subarray(left)
        break
      }
      this.#chunks.shift()
      left -= first.length
    }
    this.#length -= count
    return bytes
  }
}
