import { hash } from 'node:crypto'
import { gzipSync, unzipSync } from 'node:zlib'
import { GZIP_PACKED } from '../tl/constructor-ids.ts'
import { TlDecodeError } from '../tl/errors.ts'
import type { Inflate } from '../tl/reader.ts'
import { TlWriter } from '../tl/writer.ts'

const MAX_INFLATED_BYTES = 4 * 1024 * 1024
const MIN_BYTES = 1024

/**
 * Decompresses gzip and zlib data, at most 4 MiB in all. Each frame gets one instance, so the limit applies to all of
 * its compressed parts together.
 */
export function createInflate(): Inflate {
  let left = MAX_INFLATED_BYTES
  return (packed) => {
    try {
      const unpacked = unzipSync(packed, { maxOutputLength: Math.max(left, 1) })
      left -= unpacked.length
      return unpacked
    } catch (cause) {
      throw new TlDecodeError('bad_compression', 'damaged or too large', { cause })
    }
  }
}

/** Compressing a smaller result is faster than a cache lookup. */
const MIN_REMEMBERED_BYTES = 4096
const MAX_REMEMBERED_BYTES = 32 * 1024 * 1024

/** Cache of compressed results, by the hash of the input: clients read the same histories. */
const remembered = new Map<string, Buffer>()
let rememberedBytes = 0

/** The result as `gzip_packed` if that is shorter, otherwise unchanged. */
export function packResult(result: Buffer): Buffer {
  if (result.length < MIN_BYTES) return result
  if (result.length < MIN_REMEMBERED_BYTES) return pack(result)
  const key = hash('sha256', result, 'base64url')
  const known = remembered.get(key)
  if (known !== undefined) {
    // A map iterates in insertion order, so re-insertion makes the first entry the least recently used.
    remembered.delete(key)
    remembered.set(key, known)
    return known
  }
  const packed = pack(result)
  if (packed !== result) remember(key, packed)
  return packed
}

function remember(key: string, packed: Buffer): void {
  remembered.set(key, packed)
  rememberedBytes += packed.length
  for (const [oldest, { length }] of remembered) {
    if (rememberedBytes <= MAX_REMEMBERED_BYTES) return
    remembered.delete(oldest)
    rememberedBytes -= length
  }
}

function pack(result: Buffer): Buffer {
  // Level 1: this runs for every page of history, and higher levels gain little.
  const packed = gzipSync(result, { level: 1 })
  if (packed.length + 8 >= result.length) return result
  const writer = new TlWriter(packed.length + 12)
  writer.int32(GZIP_PACKED)
  writer.bytes(packed)
  return writer.take()
}
