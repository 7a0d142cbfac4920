import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { encodeUploadedFileId, fileDcId } from './file-id.ts'
import { importedHashes } from './imported-files.ts'
import type { Journal } from './journal.ts'
import type { FileSpec, MessageMedia } from './model.ts'
import { StoredContents, type StoredContent } from './stored-contents.ts'
import { UploadParts, type FilePart } from './upload-parts.ts'

/** `InputFile` of the schema, as far as it names uploaded parts. */
export interface InputFile {
  readonly _: string
  readonly id: bigint
  readonly parts: number
  readonly name: string
  /** Of small files; may be empty. */
  readonly md5_checksum?: string
}

/** Media made from an uploaded file, usable in messages. */
export interface UploadedMedia {
  /** `messageMediaPhoto` or `messageMediaDocument`. */
  readonly tl: TlObject
  readonly media: MessageMedia
  /** The thumbnail uploaded with a document. */
  readonly thumb: FileSpec | null
}

const PREFIX = 'upload/'
const MAX_REMEMBERED = 1000

/** Client uploads: first parts, then a complete file, then media with an id of its own. */
export class Uploads {
  readonly #journal: Journal
  readonly #folder: string
  readonly #isTemporary: boolean
  readonly #parts: UploadParts
  readonly #contents: StoredContents
  readonly #media = new Map<bigint, UploadedMedia>()
  /** Recently assembled uploads: a client may retry its send. */
  readonly #taken = new Map<string, Promise<StoredContent>>()
  #lastNumber: number

  /** @param dataDir where files are stored; null for a temporary folder that {@link close} removes */
  constructor(journal: Journal, dataDir: string | null) {
    this.#journal = journal
    this.#isTemporary = dataDir === null
    this.#folder = dataDir === null ? temporaryFolder() : join(dataDir, 'uploads')
    this.#parts = new UploadParts(join(this.#folder, 'parts'))
    this.#contents = new StoredContents(join(this.#folder, 'contents'))
    for (const { key, value } of journal.restored(PREFIX)) {
      this.#media.set(BigInt(key.slice(PREFIX.length)), value as UploadedMedia)
    }
    this.#lastNumber = this.#media.size
    this.#clean()
  }

  /** Stores a part for an account. Throws RpcError with Telegram's texts. */
  async savePart(accountId: bigint, part: FilePart): Promise<void> {
    this.#taken.delete(takenKey(accountId, part.fileId))
    await this.#parts.save(accountId, part)
  }

  /**
   * Assembles the parts of an upload. A repeated call returns the same content. Throws RpcError: FILE_PARTS_INVALID,
   * FILE_PART_0_MISSING and so on, MD5_CHECKSUM_INVALID.
   */
  async take(accountId: bigint, file: InputFile): Promise<StoredContent> {
    const key = takenKey(accountId, file.id)
    const known = this.#taken.get(key)
    const taken = known ?? this.#contents.write(this.#parts.read(accountId, file.id, file.parts))
    if (known === undefined) this.#remember(key, taken)
    try {
      const content = await taken
      const declared = file.md5_checksum?.toLowerCase() ?? ''
      if (declared !== '' && declared !== content.md5) {
        throw new RpcError(400, 'MD5_CHECKSUM_INVALID')
      }
      if (known === undefined) this.#parts.forget(accountId, file.id)
      return content
    } catch (error) {
      this.#taken.delete(key)
      throw error
    }
  }

  /** Stores bytes from another source. The next start removes them unless stored media refer to them. */
  store(bytes: AsyncIterable<Buffer>): Promise<StoredContent> {
    return this.#contents.write(bytes)
  }

  /** An id for a new file that is stored on that data centre. */
  nextFileId(dcId: number): bigint {
    for (;;) {
      this.#lastNumber += 1
      const id = encodeUploadedFileId(this.#lastNumber)
      if (!this.#media.has(id) && fileDcId(id) === dcId) return id
    }
  }

  /** Persists media, under the id of its file. */
  keep(uploaded: UploadedMedia): void {
    const { id } = uploaded.media.file
    this.#media.set(id, uploaded)
    this.#journal.put(`${PREFIX}${id}`, uploaded)
  }

  get(fileId: bigint): UploadedMedia | undefined {
    return this.#media.get(fileId)
  }

  /** Bytes `offset` to `offset + length` of stored content, fewer at its end. */
  read(sha256: string, offset: number, length: number): Promise<Buffer> {
    return this.#contents.read(sha256, offset, length)
  }

  close(): void {
    if (this.#isTemporary) rmSync(this.#folder, { recursive: true, force: true })
  }

  #remember(key: string, taken: Promise<StoredContent>): void {
    this.#taken.set(key, taken)
    const [oldest] = this.#taken.keys()
    if (this.#taken.size > MAX_REMEMBERED && oldest !== undefined) this.#taken.delete(oldest)
  }

  /** Removes parts, and content that did not become media, of earlier processes. */
  #clean(): void {
    rmSync(join(this.#folder, 'parts'), { recursive: true, force: true })
    const files = [...this.#media.values()].flatMap(({ media, thumb }) => [media.file, thumb])
    const hashes = files.flatMap((file) => file?.sha256 ?? [])
    this.#contents.retain(new Set([...hashes, ...importedHashes(this.#journal)]))
  }
}

function takenKey(accountId: bigint, fileId: bigint): string {
  return `${accountId}/${fileId}`
}

/** Created on the first part: most temporary worlds never have an upload. */
function temporaryFolder(): string {
  return join(tmpdir(), `telegram-emulator-${randomUUID()}`)
}
