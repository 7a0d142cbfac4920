/**
 * Bytes that are generated directly into their destination, as often as needed: a part of a file is written into its
 * frame without an intermediate buffer.
 */
export class LazyBytes {
  readonly length: number
  /** Fills a target of exactly that length, with the same bytes on every call. */
  readonly writeTo: (target: Buffer) => void

  constructor(length: number, writeTo: (target: Buffer) => void) {
    this.length = length
    this.writeTo = writeTo
  }
}

export function writeBytes(bytes: Buffer | LazyBytes, target: Buffer): void {
  if (bytes instanceof LazyBytes) bytes.writeTo(target)
  else target.set(bytes)
}

export function toBuffer(bytes: Buffer | LazyBytes): Buffer {
  if (!(bytes instanceof LazyBytes)) return bytes
  const buffer = Buffer.allocUnsafe(bytes.length)
  bytes.writeTo(buffer)
  return buffer
}

/** Concatenates parts without copying. */
export function joinBytes(parts: readonly (Buffer | LazyBytes)[]): LazyBytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return new LazyBytes(length, (target) => {
    let at = 0
    for (const part of parts) {
      writeBytes(part, target.subarray(at, at + part.length))
      at += part.length
    }
  })
}
