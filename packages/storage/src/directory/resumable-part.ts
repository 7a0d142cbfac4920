import { createHash, randomBytes, type Hash } from 'node:crypto'
import { open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { IncompleteFile } from '../errors.ts'
import type { StoredContent } from '../target.ts'
import { hasCode } from './disk-errors.ts'
import { CHECK_EVERY_BYTES, type Disk } from './write-part.ts'

/** A checksum is appended after this many bytes, so a killed process loses at most this much of a file. */
const CHECKSUM_EVERY_BYTES = 1024 * 1024
const PART = '.part'
const CHECKSUMS = '.sums'

/**
 * An incomplete file and its checksum file. Each line of the checksum file has an offset and the SHA-256 of all bytes
 * before it. After a power cut, written bytes may read as zeros, so only bytes that a checksum covers are kept.
 */
export interface Part {
  readonly path: string
  /** Path of the checksum file. */
  readonly checksums: string
  /** Number of verified bytes; the write continues here. */
  readonly offset: number
  /** SHA-256 state of the verified bytes. */
  readonly hash: Hash
}

interface Checksum {
  readonly offset: number
  readonly sha256: string
}

/**
 * Claims the part whose name begins with `prefix`, or creates a new one. A found part is renamed first: a process that
 * still has it open can no longer move it to its destination. The bytes that this process may still write are the same,
 * because the key is the same.
 */
export async function claimPart(
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<Part> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix))
  const path = join(folder, `${prefix}${randomBytes(8).toString('hex')}`)
  const mine = { path: path + PART, checksums: path + CHECKSUMS }
  const parts = names.filter((name) => name.endsWith(PART))
  let isClaimed = false
  for (const name of parts) {
    if (isClaimed) await rm(join(folder, name), { force: true })
    else isClaimed = await renameIfPresent(join(folder, name), mine.path)
  }
  if (!isClaimed) return { ...mine, offset: 0, hash: createHash('sha256') }
  const lists = names.filter((name) => name.endsWith(CHECKSUMS)).map((name) => join(folder, name))
  const checksums = (await Promise.all(lists.map(readChecksums))).flat()
  const handle = await open(mine.path, 'r+')
  try {
    const { offset, hash } = await verifiedPrefix(handle, checksums, signal)
    await handle.truncate(offset)
    const kept = checksums.filter((checksum) => checksum.offset <= offset).map(lineOf)
    await writeFile(mine.checksums, kept.join(''))
    for (const list of lists) await rm(list, { force: true })
    return { ...mine, offset, hash }
  } finally {
    await handle.close()
  }
}

/** Writes the missing bytes of the part and fsyncs it. When it fails, `claimPart` can continue the part. */
export async function writeRest(
  disk: Disk,
  part: Part,
  chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  expected: number,
): Promise<StoredContent> {
  const { hash } = part
  const handle = await disk.call(() => open(part.path, part.offset === 0 ? 'w' : 'r+', 0o640))
  let size = part.offset
  let checksumAt = size
  let checkedRoomAt = size
  const addChecksum = async () => {
    checksumAt = size
    const checksum = { offset: size, sha256: hash.copy().digest('hex') }
    await writeFile(part.checksums, lineOf(checksum), { flag: 'a', mode: 0o640 })
  }
  try {
    if (size < expected)
      for await (const chunk of chunksFrom(size)) {
        await disk.call(() => writeAt(handle, chunk, size))
        hash.update(chunk)
        size += chunk.byteLength
        if (size - checksumAt >= CHECKSUM_EVERY_BYTES) await disk.call(addChecksum)
        if (size - checkedRoomAt < CHECK_EVERY_BYTES) continue
        checkedRoomAt = size
        await disk.refuseFull(0)
      }
    if (size !== expected) throw new IncompleteFile(expected, size)
    await disk.call(() => handle.sync())
    return { size, sha256: hash.copy().digest('hex') }
  } catch (error) {
    // If this fails, the next call continues from the previous checksum.
    if (size > checksumAt) await addChecksum().catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

/** Never throws: `clear` removes what cannot be removed now. */
export async function removePart({ path, checksums }: Part): Promise<void> {
  for (const file of [path, checksums]) await rm(file, { force: true }).catch(() => undefined)
}

/** Returns false when `from` does not exist, because another process claimed it. */
async function renameIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

async function readChecksums(path: string): Promise<Checksum[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  })
  return text.split('\n').flatMap((line) => {
    const [, offset, sha256 = ''] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? []
    return offset === undefined ? [] : [{ offset: Number(offset), sha256 }]
  })
}

const lineOf = ({ offset, sha256 }: Checksum) => `${offset} ${sha256}\n`

/** The longest prefix of the file that matches its checksum. */
async function verifiedPrefix(
  handle: FileHandle,
  checksums: readonly Checksum[],
  signal: AbortSignal | undefined,
): Promise<{ offset: number; hash: Hash }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHECKSUM_EVERY_BYTES)
  let best = { offset: 0, hash: hash.copy() }
  let read = 0
  for (const { offset, sha256 } of checksums.toSorted((a, b) => a.offset - b.offset)) {
    while (read < offset) {
      signal?.throwIfAborted()
      const wanted = Math.min(buffer.byteLength, offset - read)
      const { bytesRead } = await handle.read(buffer, 0, wanted, read)
      if (bytesRead === 0) return best
      hash.update(buffer.subarray(0, bytesRead))
      read += bytesRead
    }
    if (hash.copy().digest('hex') !== sha256) return best
    best = { offset, hash: hash.copy() }
  }
  return best
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(
      bytes,
      written,
      bytes.byteLength - written,
      position + written,
    )
    written += bytesWritten
  }
}
