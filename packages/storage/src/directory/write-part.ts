import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import type { StoredContent } from '../target.ts'

/** Free space is checked each time this many bytes were written. */
export const CHECK_EVERY_BYTES = 64 * 1024 * 1024

export interface Disk {
  /** Runs a file system operation and maps its system errors to target errors. */
  call<T>(operation: () => Promise<T>): Promise<T>
  /** Throws TargetFull when `bytes` more would leave less free space than the configured minimum. */
  refuseFull(bytes: number): Promise<void>
}

/** Writes `chunks` to the new file `part` and fsyncs it. */
export async function writePart(
  disk: Disk,
  part: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<StoredContent> {
  const handle = await disk.call(() => open(part, 'wx', 0o640))
  try {
    return await writeAll(disk, handle, chunks)
  } finally {
    await handle.close()
  }
}

async function writeAll(
  disk: Disk,
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
): Promise<StoredContent> {
  const hash = createHash('sha256')
  let size = 0
  let checkedAt = 0
  for await (const chunk of chunks) {
    const written = disk.call(() => handle.writeFile(chunk))
    hash.update(chunk)
    await written
    size += chunk.byteLength
    if (size - checkedAt < CHECK_EVERY_BYTES) continue
    checkedAt = size
    await disk.refuseFull(0)
  }
  await disk.call(() => handle.sync())
  return { size, sha256: hash.digest('hex') }
}
