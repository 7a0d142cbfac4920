/**
 * Gives memory back at once; the bytes are empty afterwards, for whoever has them. What waits for the garbage collector
 * is freed late and all together, so that every buffer until then is memory that the processor has not seen lately, or
 * that the system has yet to find: with outputs of ciphers and frames of a mebibyte, that takes as long as encrypting
 * them. Bytes that share their memory with others are left alone.
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0)
}
