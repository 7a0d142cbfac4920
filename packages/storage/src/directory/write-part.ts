import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import type { StoredContent } from '../target.ts'

/** How many bytes are written between two checks of the free room. */
export const CHECK_EVERY_BYTES = 64 * 1024 * 1024

export interface Disk {
  /** What a call to the system answers; its failure as what it means for the target. */
  call<T>(operation: () => Promise<T>): Promise<T>
  /** Throws TargetFull unless `bytes` more leave what is to stay free. */
  refuseFull(bytes: number): Promise<void>
}

/** Writes `chunks` to the new file `part`, synced. */
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
