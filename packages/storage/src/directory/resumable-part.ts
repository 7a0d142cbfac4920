import { createHash, randomBytes, type Hash } from 'node:crypto'
import { open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { IncompleteFile } from '../errors.ts'
import type { StoredContent } from '../target.ts'
import { hasCode } from './disk-errors.ts'
import { CHECK_EVERY_BYTES, type Disk } from './write-part.ts'

/** After so many bytes a sum is appended: what a killed process loses of a file at most. */
const SUM_EVERY_BYTES = 1024 * 1024
const PART = '.part'
const SUMS = '.sums'

/**
 * A file that is not complete. Beside its bytes lie its sums, one line each: an offset, and the SHA-256 of all bytes
 * before it. A power cut may leave zeros in the place of bytes that were written, so only bytes that a sum covers are
 * kept.
 */
export interface Part {
  readonly path: string
  readonly sums: string
  /** How many bytes it has, verified. */
  readonly offset: number
  /** Of these bytes. */
  readonly hash: Hash
}

interface Sum {
  readonly offset: number
  readonly sha256: string
}

/**
 * The part whose names begin with `prefix`, or a new one. It is renamed first: a process that still writes to it under
 * the name of before cannot give it its final name any more, and the bytes that it may still write are the same.
 */
export async function takePart(
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<Part> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix))
  const path = join(folder, `${prefix}${randomBytes(8).toString('hex')}`)
  const mine = { path: path + PART, sums: path + SUMS }
  const found = names.filter((name) => name.endsWith(PART))
  let isTaken = false
  for (const name of found) {
    if (isTaken) await rm(join(folder, name), { force: true })
    else isTaken = await taken(join(folder, name), mine.path)
  }
  if (!isTaken) return { ...mine, offset: 0, hash: createHash('sha256') }
  const lists = names.filter((name) => name.endsWith(SUMS)).map((name) => join(folder, name))
  const sums = (await Promise.all(lists.map(readSums))).flat()
  const handle = await open(mine.path, 'r+')
  try {
    const { offset, hash } = await verified(handle, sums, signal)
    await handle.truncate(offset)
    const kept = sums.filter((sum) => sum.offset <= offset).map(lineOf)
    await writeFile(mine.sums, kept.join(''))
    for (const list of lists) await rm(list, { force: true })
    return { ...mine, offset, hash }
  } finally {
    await handle.close()
  }
}

/** Writes what is missing of the part, synced. What it has when this breaks off can be taken up. */
export async function writeRest(
  disk: Disk,
  part: Part,
  chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  expected: number,
): Promise<StoredContent> {
  const { hash } = part
  const handle = await disk.call(() => open(part.path, part.offset === 0 ? 'w' : 'r+', 0o640))
  let size = part.offset
  let summed = size
  let checked = size
  const addSum = async () => {
    summed = size
    const sum = { offset: size, sha256: hash.copy().digest('hex') }
    await writeFile(part.sums, lineOf(sum), { flag: 'a', mode: 0o640 })
  }
  try {
    if (size < expected)
      for await (const chunk of chunksFrom(size)) {
        await disk.call(() => writeAt(handle, chunk, size))
        hash.update(chunk)
        size += chunk.byteLength
        if (size - summed >= SUM_EVERY_BYTES) await disk.call(addSum)
        if (size - checked < CHECK_EVERY_BYTES) continue
        checked = size
        await disk.refuseFull(0)
      }
    if (size !== expected) throw new IncompleteFile(expected, size)
    await disk.call(() => handle.sync())
    return { size, sha256: hash.copy().digest('hex') }
  } catch (error) {
    // Without this sum the next call begins at the one before.
    if (size > summed) await addSum().catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

/** What cannot be removed now is removed by `clear`. */
export async function removePart({ path, sums }: Part): Promise<void> {
  for (const file of [path, sums]) await rm(file, { force: true }).catch(() => undefined)
}

/** False when another process has taken it. */
async function taken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

async function readSums(path: string): Promise<Sum[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  })
  return text.split('\n').flatMap((line) => {
    const [, offset, sha256 = ''] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? []
    return offset === undefined ? [] : [{ offset: Number(offset), sha256 }]
  })
}

const lineOf = ({ offset, sha256 }: Sum) => `${offset} ${sha256}\n`

/** The longest beginning of the file that has the sum it should have. */
async function verified(
  handle: FileHandle,
  sums: readonly Sum[],
  signal: AbortSignal | undefined,
): Promise<{ offset: number; hash: Hash }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(SUM_EVERY_BYTES)
  let best = { offset: 0, hash: hash.copy() }
  let read = 0
  for (const { offset, sha256 } of sums.toSorted((a, b) => a.offset - b.offset)) {
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
