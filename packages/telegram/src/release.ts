/**
 * Gives the memory of `bytes` back at once; they are empty afterwards, for whoever has them. The garbage collector sees
 * only how little the objects are that hold such memory, and lets a hundred mebibytes of it gather. Bytes that share
 * their memory with others are left to it.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0)
}
