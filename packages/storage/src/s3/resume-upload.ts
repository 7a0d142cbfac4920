import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListParts,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { createSHA256, type IHasher } from 'hash-wasm'
import { z } from 'zod'
import { IncompleteFile, TargetFull } from '../errors.ts'
import type { StoredContent } from '../target.ts'
import { Block } from './blocks.ts'
import type { Bucket } from './bucket.ts'
import { MultipartUpload } from './multipart-upload.ts'
import { abortUploadsOf, unless } from './unfinished-uploads.ts'

/** S3 allows parts of 5 MiB to 5 GiB, and 10,000 parts: files of at most 48 GiB. One part is in memory at a time. */
export const PART_BYTES = 5 * 1024 * 1024

interface Resumable {
  readonly key: string
  readonly note: string
  readonly size: number
  readonly signal: AbortSignal | undefined
}

const NoteState = z.object({
  /** Null before the first part. */
  uploadId: z.string().nullable(),
  etags: z.array(z.string()),
  /** SHA-256 state after all uploaded parts, base64; null before the first part. */
  hash: z.string().nullable(),
})

/** Progress of an upload: the uploaded parts, and `rest`, the bytes after them that do not fill a part. */
interface Progress {
  readonly uploadId: string | null
  readonly etags: readonly string[]
  readonly hash: string | null
  readonly rest: Uint8Array
}

const NO_PROGRESS: Progress = { uploadId: null, etags: [], hash: null, rest: new Uint8Array() }

/**
 * `Target.resume` on S3. After each part, the note of the upload is updated with the ETags of all parts and the state of
 * their SHA-256, which S3 does not know. A writer that fails also saves the bytes after the last part. Layout of a note:
 * the object's key, a line feed, the state as JSON, a line feed, then these bytes.
 */
export async function resumeUpload(
  bucket: Bucket,
  file: Resumable,
  chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
): Promise<StoredContent> {
  const { progress, hash } = await bucket.call(() => loadProgress(bucket, file))
  return new Writer(bucket, file, hash, progress).write(progress, chunksFrom)
}

class Writer {
  readonly #bucket: Bucket
  readonly #file: Resumable
  readonly #hash: IHasher
  #upload: MultipartUpload | null

  constructor(bucket: Bucket, file: Resumable, hash: IHasher, { uploadId, etags }: Progress) {
    this.#bucket = bucket
    this.#file = file
    this.#hash = hash
    this.#upload = uploadId === null ? null : new MultipartUpload(bucket, file, uploadId, etags)
  }

  async write(
    progress: Progress,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent> {
    const { size } = this.#file
    const block = new Block(PART_BYTES)
    let unsent: Uint8Array | null = null
    let saved = progress
    let received = progress.etags.length * PART_BYTES
    const add = async (chunk: Uint8Array) => {
      received += chunk.byteLength
      for (const full of block.add(chunk)) {
        unsent = full
        await this.#send(full)
        unsent = null
        saved = this.#progress()
        await this.#save(saved)
      }
    }
    try {
      await add(progress.rest)
      if (received < size) for await (const chunk of chunksFrom(received)) await add(chunk)
      if (received !== size) throw new IncompleteFile(size, received)
      unsent = block.bytes
      await this.#complete(block.bytes)
      return { size, sha256: this.#hash.digest('hex') }
    } catch (error) {
      if (error instanceof IncompleteFile || error instanceof TargetFull) await this.#discard()
      else await this.#save({ ...saved, rest: unsent ?? block.bytes }).catch(() => undefined)
      throw error
    }
  }

  async #send(part: Uint8Array): Promise<void> {
    this.#upload ??= await MultipartUpload.begin(this.#bucket, this.#file)
    await this.#upload.send(part)
    this.#hash.update(part)
  }

  async #complete(rest: Uint8Array): Promise<void> {
    const { key, signal } = this.#file
    if (this.#upload) {
      if (rest.byteLength > 0) await this.#send(rest)
      await this.#upload.complete()
      return
    }
    const { client, name } = this.#bucket
    const object = { Bucket: name, Key: key, Body: rest, ContentLength: rest.byteLength }
    await this.#bucket.call(() =>
      client.send(new PutObjectCommand(object), signal ? { abortSignal: signal } : {}),
    )
    this.#hash.update(rest)
    await this.#deleteNote()
  }

  #progress(): Progress {
    return {
      uploadId: this.#upload?.id ?? null,
      etags: this.#upload?.etags ?? [],
      hash: Buffer.from(this.#hash.save()).toString('base64'),
      rest: NO_PROGRESS.rest,
    }
  }

  /** Ignores the file's abort signal: an aborted writer saves its progress too. */
  async #save({ rest, ...state }: Progress): Promise<void> {
    const { client, name } = this.#bucket
    const { key, note } = this.#file
    const head = Buffer.from(`${key}\n${JSON.stringify(state)}\n`)
    const body = Buffer.concat([head, rest])
    await this.#bucket.call(() =>
      client.send(new PutObjectCommand({ Bucket: name, Key: note, Body: body })),
    )
  }

  /** Never throws: `clear` removes what cannot be removed now. */
  async #discard(): Promise<void> {
    if (this.#upload) await this.#upload.abort()
    else await this.#deleteNote()
  }

  async #deleteNote(): Promise<void> {
    const { client, name } = this.#bucket
    const note = { Bucket: name, Key: this.#file.note }
    await client.send(new DeleteObjectCommand(note)).catch(() => undefined)
  }
}

/** Reads the saved progress of the file. Aborts uploads of the file that cannot be continued. */
async function loadProgress(
  bucket: Bucket,
  file: Resumable,
): Promise<{ progress: Progress; hash: IHasher }> {
  const { client, name } = bucket
  const note = await client
    .send(new GetObjectCommand({ Bucket: name, Key: file.note }))
    .then(({ Body }) => Body?.transformToByteArray())
    .catch(unless('NoSuchKey'))
  const progress = note === undefined ? null : parseNote(Buffer.from(note), file.key)
  const hash = await hashOf(progress)
  if (progress !== null && hash !== null && (await hasParts(bucket, file.key, progress)))
    return { progress, hash }
  if (note !== undefined) await abortUploadsOf(bucket, file.key)
  return { progress: NO_PROGRESS, hash: (await createSHA256()).init() }
}

/** Null when the note is of another object, or contains only the key because no part was uploaded yet. */
function parseNote(note: Buffer, key: string): Progress | null {
  const keyEnd = note.indexOf('\n')
  const end = note.indexOf('\n', keyEnd + 1)
  if (keyEnd < 0 || end < 0 || note.toString('utf8', 0, keyEnd) !== key) return null
  const { data } = NoteState.safeParse(JSON.parse(note.toString('utf8', keyEnd + 1, end)))
  return data === undefined ? null : { ...data, rest: note.subarray(end + 1) }
}

/** Whether S3 still has all parts of the upload, unchanged. */
async function hasParts(
  { client, name }: Bucket,
  key: string,
  progress: Progress,
): Promise<boolean> {
  if (progress.uploadId === null) return true
  const etags = new Map<number, string>()
  try {
    const upload = { Bucket: name, Key: key, UploadId: progress.uploadId }
    for await (const { Parts = [] } of paginateListParts({ client }, upload))
      for (const { PartNumber = 0, ETag = '' } of Parts) etags.set(PartNumber, ETag)
  } catch (error) {
    unless('NoSuchUpload')(error)
    return false
  }
  return progress.etags.every((etag, index) => unquoted(etags.get(index + 1)) === unquoted(etag))
}

/** Some servers omit the quotes of ETags in lists. */
const unquoted = (etag: string | undefined) => etag?.replaceAll('"', '')

/** Null when another version of `hash-wasm` saved the state. */
async function hashOf(progress: Progress | null): Promise<IHasher | null> {
  const sha256 = (await createSHA256()).init()
  if (progress === null || progress.hash === null) return sha256
  try {
    return sha256.load(Buffer.from(progress.hash, 'base64'))
  } catch {
    return null
  }
}
