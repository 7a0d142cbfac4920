/**
 * Frees the memory of `bytes` at once by detaching its ArrayBuffer: every view of that buffer has length 0 afterwards.
 * Without this, up to 100 MiB of external memory accumulates, because the garbage collector counts only the small
 * objects that hold it. Does nothing when `bytes` is only a part of its ArrayBuffer.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0)
}
