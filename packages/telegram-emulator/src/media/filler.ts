import { createCipheriv, createSecretKey, hash } from 'node:crypto'
import { release } from '../memory/release.ts'
import type { FileSpec } from '../world/model.ts'

const ZEROS = Buffer.alloc(64 * 1024)
const AES_BLOCK = 16

/** The AES-256 key whose keystream fills a file. Files with a different id, format or size share no bytes. */
export function fillerKey(spec: Pick<FileSpec, 'id' | 'format' | 'size'>): Buffer {
  return hash('sha256', `${spec.id}:${spec.format}:${spec.size}`, 'buffer')
}

/**
 * Writes the keystream of `key` from byte `position` on into `target` (AES-256-CTR: the cost is independent of the
 * position).
 */
export function writeFiller(key: Buffer, position: number, target: Buffer): void {
  const skipped = position % AES_BLOCK
  const counter = Buffer.alloc(AES_BLOCK)
  counter.writeBigUInt64BE(BigInt((position - skipped) / AES_BLOCK), 8)
  // Node takes far longer to import a key from bytes than to use a KeyObject.
  const cipher = createCipheriv('aes-256-ctr', createSecretKey(key), counter)
  if (skipped > 0) cipher.update(ZEROS.subarray(0, skipped))
  for (let at = 0; at < target.length; at += ZEROS.length) {
    const filler = cipher.update(ZEROS.subarray(0, Math.min(ZEROS.length, target.length - at)))
    target.set(filler, at)
    release(filler)
  }
}
