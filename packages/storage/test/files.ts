import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { ByteRange, Target } from '../src/target.ts'

export const BYTES = Buffer.from('the bytes of a file')
/** Several parts of an upload to S3, the last one small. */
export const LARGE = randomBytes(20 * 1024 * 1024 + 7)

export function contentOf(bytes: Uint8Array) {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** `bytes` in pieces of many sizes; before the last one `meanwhile` happens. */
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

/** The files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

/** For `vi.waitFor`, on a machine that has much else to do. */
export const PATIENTLY = { timeout: 20_000, interval: 20 }
