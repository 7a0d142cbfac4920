import { createHash, randomUUID, type Hash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** Stored bytes, identified by their hash. */
export interface StoredContent {
  /** Lower-case hex. */
  readonly sha256: string
  /** Hex, for comparison with the checksum of small uploads. */
  readonly md5: string
  /** Bytes. */
  readonly size: number
}

/** Files on disk, named by the SHA-256 of their content. Equal content is stored once. */
export class StoredContents {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Writes the chunks as they arrive. If they end in an error, the partial file is removed. */
  async write(chunks: AsyncIterable<Buffer>): Promise<StoredContent> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = join(this.#folder, `${randomUUID()}.new`)
    try {
      const content = await writeDraft(draft, chunks)
      await rename(draft, this.#path(content.sha256))
      return content
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  /** Bytes `offset` to `offset + length`, fewer at the end. */
  async read(sha256: string, offset: number, length: number): Promise<Buffer> {
    const file = await open(this.#path(sha256))
    try {
      const { size } = await file.stat()
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)))
      await file.read(bytes, 0, bytes.length, offset)
      return bytes
    } finally {
      await file.close()
    }
  }

  /** Removes all files except those with these hashes. */
  retain(hashes: ReadonlySet<string>): void {
    for (const name of namesIn(this.#folder)) {
      if (!hashes.has(name)) rmSync(join(this.#folder, name), { force: true })
    }
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256)
  }
}

async function writeDraft(path: string, chunks: AsyncIterable<Buffer>): Promise<StoredContent> {
  const file = await open(path, 'wx', 0o600)
  try {
    const sha256 = createHash('sha256')
    const md5 = createHash('md5')
    const size = await copy(chunks, file, [sha256, md5])
    return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), size }
  } finally {
    await file.close()
  }
}

async function copy(
  chunks: AsyncIterable<Buffer>,
  file: FileHandle,
  hashes: readonly Hash[],
): Promise<number> {
  let size = 0
  for await (const chunk of chunks) {
    for (const hash of hashes) hash.update(chunk)
    await file.write(chunk, 0, chunk.length, size)
    size += chunk.length
  }
  return size
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
