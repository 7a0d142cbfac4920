/**
 * Frees the memory of a Buffer at once. All views of it are empty afterwards. Garbage collection would free large
 * buffers late and in bulk, so that each new buffer would use memory that is not in the processor's cache, or that the
 * system has yet to allocate; for cipher outputs and frames of a mebibyte, that takes as long as the encryption.
 * Buffers that share their memory with others are not touched.
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0)
}
