import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { ByteRange, Target } from '../src/target.ts'

export const BYTES = Buffer.from('the bytes of a file')
/** Five parts of a multipart upload; the last one is small. */
export const LARGE = randomBytes(20 * 1024 * 1024 + 7)

export function contentOf(bytes: Uint8Array) {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** `bytes` in chunks of many sizes; calls `meanwhile` before the last chunk. */
export async function* inPieces(bytes: Buffer, meanwhile?: () => Promise<void>) {
  const last = bytes.length - Math.min(bytes.length, 5)
  for (let start = 0, size = 1; start < last; start += size, size = (size * 3) % 1_000_003)
    yield bytes.subarray(start, Math.min(start + size, last))
  await meanwhile?.()
  yield bytes.subarray(last)
}

export async function read(target: Target, path: string, range?: ByteRange): Promise<Buffer> {
  return buffer((await target.open(path, range)).stream)
}

/** Relative paths of all files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

/** Options of `vi.waitFor` for a loaded machine. */
export const PATIENTLY = { interval: 20 }
