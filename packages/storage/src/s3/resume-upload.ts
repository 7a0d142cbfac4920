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

/** S3 takes 5 MiB to 5 GiB, and 10,000 of them: files of 48 GiB. One is held at a time. */
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
  /** State of the SHA-256 of all parts, base64; null before the first part. */
  hash: z.string().nullable(),
})

/** What a writer has left: its parts, and the bytes after them that do not make a part. */
interface Left {
  readonly uploadId: string | null
  readonly etags: readonly string[]
  readonly hash: string | null
  readonly rest: Uint8Array
}

const NOTHING: Left = { uploadId: null, etags: [], hash: null, rest: new Uint8Array() }

/**
 * `Target.resume` on S3. The note of the upload says, after each part, which parts there are and the state of their
 * SHA-256, which S3 cannot tell; a writer that breaks off adds the bytes after them. Each line of a note ends with a line
 * feed: the object's key, the state as JSON, then these bytes.
 */
export async function resumeUpload(
  bucket: Bucket,
  file: Resumable,
  chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
): Promise<StoredContent> {
  const { left, hash } = await bucket.call(() => takeUp(bucket, file))
  return new Writer(bucket, file, hash, left).write(left, chunksFrom)
}

class Writer {
  readonly #bucket: Bucket
  readonly #file: Resumable
  readonly #hash: IHasher
  #upload: MultipartUpload | null

  constructor(bucket: Bucket, file: Resumable, hash: IHasher, { uploadId, etags }: Left) {
    this.#bucket = bucket
    this.#file = file
    this.#hash = hash
    this.#upload = uploadId === null ? null : new MultipartUpload(bucket, file, uploadId, etags)
  }

  async write(
    left: Left,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent> {
    const { size } = this.#file
    const block = new Block(PART_BYTES)
    let unsent: Uint8Array | null = null
    let state = left
    let received = left.etags.length * PART_BYTES
    const add = async (chunk: Uint8Array) => {
      received += chunk.byteLength
      for (const full of block.add(chunk)) {
        unsent = full
        await this.#send(full)
        unsent = null
        state = this.#state()
        await this.#save(state)
      }
    }
    try {
      await add(left.rest)
      if (received < size) for await (const chunk of chunksFrom(received)) await add(chunk)
      if (received !== size) throw new IncompleteFile(size, received)
      unsent = block.bytes
      await this.#end(block.bytes)
      return { size, sha256: this.#hash.digest('hex') }
    } catch (error) {
      if (error instanceof IncompleteFile || error instanceof TargetFull) await this.#discard()
      else await this.#save({ ...state, rest: unsent ?? block.bytes }).catch(() => undefined)
      throw error
    }
  }

  async #send(part: Uint8Array): Promise<void> {
    this.#upload ??= await MultipartUpload.begin(this.#bucket, this.#file)
    await this.#upload.send(part)
    this.#hash.update(part)
  }

  async #end(rest: Uint8Array): Promise<void> {
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
    await this.#forget()
  }

  #state(): Left {
    return {
      uploadId: this.#upload?.id ?? null,
      etags: this.#upload?.etags ?? [],
      hash: Buffer.from(this.#hash.save()).toString('base64'),
      rest: NOTHING.rest,
    }
  }

  /** Not with the file's signal: what is kept is kept when the writer stops, too. */
  async #save({ rest, ...state }: Left): Promise<void> {
    const { client, name } = this.#bucket
    const { key, note } = this.#file
    const head = Buffer.from(`${key}\n${JSON.stringify(state)}\n`)
    const body = Buffer.concat([head, rest])
    await this.#bucket.call(() =>
      client.send(new PutObjectCommand({ Bucket: name, Key: note, Body: body })),
    )
  }

  /** What cannot be removed now is removed by `clear`. */
  async #discard(): Promise<void> {
    if (this.#upload) await this.#upload.abort()
    else await this.#forget()
  }

  async #forget(): Promise<void> {
    const { client, name } = this.#bucket
    const note = { Bucket: name, Key: this.#file.note }
    await client.send(new DeleteObjectCommand(note)).catch(() => undefined)
  }
}

/** What there is of the file; uploads that nothing can be added to are aborted. */
async function takeUp(bucket: Bucket, file: Resumable): Promise<{ left: Left; hash: IHasher }> {
  const { client, name } = bucket
  const note = await client
    .send(new GetObjectCommand({ Bucket: name, Key: file.note }))
    .then(({ Body }) => Body?.transformToByteArray())
    .catch(unless('NoSuchKey'))
  const left = note === undefined ? null : parseNote(Buffer.from(note), file.key)
  const hash = await hashOf(left)
  if (left !== null && hash !== null && (await hasParts(bucket, file.key, left)))
    return { left, hash }
  if (note !== undefined) await abortUploadsOf(bucket, file.key)
  return { left: NOTHING, hash: (await createSHA256()).init() }
}

/** Null for a note of another object, and for one whose upload had just begun. */
function parseNote(note: Buffer, key: string): Left | null {
  const keyEnd = note.indexOf('\n')
  const end = note.indexOf('\n', keyEnd + 1)
  if (keyEnd < 0 || end < 0 || note.toString('utf8', 0, keyEnd) !== key) return null
  const { data } = NoteState.safeParse(JSON.parse(note.toString('utf8', keyEnd + 1, end)))
  return data === undefined ? null : { ...data, rest: note.subarray(end + 1) }
}

async function hasParts({ client, name }: Bucket, key: string, left: Left): Promise<boolean> {
  if (left.uploadId === null) return true
  const etags = new Map<number, string>()
  try {
    const upload = { Bucket: name, Key: key, UploadId: left.uploadId }
    for await (const { Parts = [] } of paginateListParts({ client }, upload))
      for (const { PartNumber = 0, ETag = '' } of Parts) etags.set(PartNumber, ETag)
  } catch (error) {
    unless('NoSuchUpload')(error)
    return false
  }
  return left.etags.every((etag, index) => unquoted(etags.get(index + 1)) === unquoted(etag))
}

/** Some servers leave the quotes out in lists. */
const unquoted = (etag: string | undefined) => etag?.replaceAll('"', '')

/** Null for a state that another version of the hash has saved. */
async function hashOf(left: Left | null): Promise<IHasher | null> {
  const sha256 = (await createSHA256()).init()
  if (left === null || left.hash === null) return sha256
  try {
    return sha256.load(Buffer.from(left.hash, 'base64'))
  } catch {
    return null
  }
}
