import { constants, rmSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { RpcError } from '../mtproto/rpc.ts'

/** The limits of core.telegram.org/api/files#uploading-files. */
const MAX_PART_BYTES = 512 * 1024
const PART_UNIT_BYTES = 1024
const MAX_PARTS = 8000
/** Telegram keeps parts between minutes and hours. */
const IDLE_MS = 60 * 60_000
const MAX_UPLOADS_PER_OWNER = 100

/** A part, as sent with `upload.saveFilePart` or `upload.saveBigFilePart`. */
export interface FilePart {
  readonly fileId: bigint
  readonly index: number
  /** Null for small files, whose part count is known only when they are sent; -1 while it is unknown. */
  readonly totalParts: number | null
  readonly bytes: Buffer
}

interface Upload {
  readonly owner: bigint
  readonly path: string
  /** Part lengths by index. */
  readonly lengths: Map<number, number>
  /** The length of every part except the last; 0 while unknown. */
  partBytes: number
  totalParts: number | null
  usedAt: number
}

/**
 * Parts of incomplete uploads. Each part has a slot of 512 KiB in a sparse file, so parts may arrive in any order and
 * are not held in memory.
 */
export class UploadParts {
  readonly #folder: string
  readonly #uploads = new Map<string, Upload>()
  #created = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Stores a part; replaces one with the same index. Throws RpcError with Telegram's texts. */
  async save(owner: bigint, part: FilePart): Promise<void> {
    checkPart(part)
    const upload = this.#uploadOf(owner, part)
    checkPartSize(upload, part)
    if (part.totalParts !== null && part.totalParts > 0) upload.totalParts = part.totalParts
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const file = await open(upload.path, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      await file.write(part.bytes, 0, part.bytes.length, part.index * MAX_PART_BYTES)
    } finally {
      await file.close()
    }
    upload.lengths.set(part.index, part.bytes.length)
  }

  /**
   * The bytes of an upload in order, part by part. Throws RpcError if parts are missing: FILE_PARTS_INVALID,
   * FILE_PART_0_MISSING and so on.
   */
  async *read(owner: bigint, fileId: bigint, parts: number): AsyncGenerator<Buffer> {
    if (parts < 1 || parts > MAX_PARTS) throw new RpcError(400, 'FILE_PARTS_INVALID')
    const upload = this.#uploads.get(keyOf(owner, fileId))
    if (upload === undefined) throw new RpcError(400, 'FILE_PART_0_MISSING')
    if (upload.totalParts !== null && upload.totalParts !== parts) {
      throw new RpcError(400, 'FILE_PARTS_INVALID')
    }
    const lengths = completeLengths(upload, parts)
    const file = await open(upload.path)
    try {
      for (const [index, length] of lengths.entries()) {
        const bytes = Buffer.allocUnsafe(length)
        await file.read(bytes, 0, length, index * MAX_PART_BYTES)
        yield bytes
      }
    } finally {
      await file.close()
    }
  }

  forget(owner: bigint, fileId: bigint): void {
    this.#drop(keyOf(owner, fileId))
  }

  #uploadOf(owner: bigint, { fileId }: FilePart): Upload {
    const key = keyOf(owner, fileId)
    const usedAt = Date.now()
    const known = this.#uploads.get(key)
    if (known !== undefined) {
      known.usedAt = usedAt
      return known
    }
    this.#makeRoom(owner, usedAt)
    this.#created += 1
    const path = join(this.#folder, String(this.#created))
    const upload = { owner, path, lengths: new Map(), partBytes: 0, totalParts: null, usedAt }
    this.#uploads.set(key, upload)
    return upload
  }

  /** Discards idle uploads, and the oldest uploads of an account that has begun too many. */
  #makeRoom(owner: bigint, now: number): void {
    for (const [key, { usedAt }] of this.#uploads) if (usedAt < now - IDLE_MS) this.#drop(key)
    const own = [...this.#uploads].filter(([, upload]) => upload.owner === owner)
    const excess = Math.max(0, own.length - MAX_UPLOADS_PER_OWNER + 1)
    for (const [key] of own.slice(0, excess)) this.#drop(key)
  }

  #drop(key: string): void {
    const upload = this.#uploads.get(key)
    this.#uploads.delete(key)
    if (upload !== undefined) rmSync(upload.path, { force: true })
  }
}

function keyOf(owner: bigint, fileId: bigint): string {
  return `${owner}/${fileId}`
}

function checkPart({ index, totalParts, bytes }: FilePart): void {
  if (bytes.length === 0) throw new RpcError(400, 'FILE_PART_EMPTY')
  if (bytes.length > MAX_PART_BYTES) throw new RpcError(400, 'FILE_PART_TOO_BIG')
  if (index < 0 || index >= MAX_PARTS) throw new RpcError(400, 'FILE_PART_INVALID')
  if (totalParts === null || totalParts === -1) return
  if (totalParts < 1 || totalParts > MAX_PARTS) throw new RpcError(400, 'FILE_PARTS_INVALID')
  if (index >= totalParts) throw new RpcError(400, 'FILE_PART_INVALID')
}

/** All parts have one size, a divisor of 512 KiB, except that the last may be shorter. */
function checkPartSize(upload: Upload, part: FilePart): void {
  const { length } = part.bytes
  const { partBytes } = upload
  if (mayBeLast(upload, part)) {
    if (partBytes > 0 && length > partBytes) throw new RpcError(400, 'FILE_PART_SIZE_CHANGED')
    return
  }
  if (!isPartSize(length)) throw new RpcError(400, 'FILE_PART_SIZE_INVALID')
  if (partBytes > 0 && length !== partBytes) throw new RpcError(400, 'FILE_PART_SIZE_CHANGED')
  upload.partBytes = length
}

function mayBeLast(upload: Upload, { index, totalParts }: FilePart): boolean {
  if (totalParts === null) return [...upload.lengths.keys()].every((other) => other <= index)
  return index === totalParts - 1
}

function isPartSize(length: number): boolean {
  return length % PART_UNIT_BYTES === 0 && MAX_PART_BYTES % length === 0
}

function completeLengths({ lengths }: Upload, parts: number): number[] {
  const complete = Array.from({ length: parts }, (_, index) => {
    const length = lengths.get(index)
    if (length === undefined) throw new RpcError(400, `FILE_PART_${index}_MISSING`)
    return length
  })
  const [first = 0] = complete
  if (parts > 1 && !isPartSize(first)) throw new RpcError(400, 'FILE_PART_SIZE_INVALID')
  const isEven = complete.every(
    (length, index) => length === first || (index === parts - 1 && length < first),
  )
  if (!isEven) throw new RpcError(400, 'FILE_PART_SIZE_CHANGED')
  return complete
}
