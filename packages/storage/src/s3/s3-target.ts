import { createHash, randomBytes } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import {
  FileNotFound,
  IncompleteFile,
  RangeNotSatisfiable,
  TargetFull,
  TargetUnavailable,
} from '../errors.ts'
import {
  CHECK,
  folderBelow,
  INCOMING,
  keyOf,
  keysOf,
  ownersOf,
  resumablePrefix,
  segmentsOf,
  unfinishedPrefix,
} from '../paths.ts'
import {
  isBeyond,
  type ByteRange,
  type FileToResume,
  type FileToWrite,
  type OpenedFile,
  type StoredContent,
  type Target,
} from '../target.ts'
import { blocksOf } from './blocks.ts'
import { openBucket, type Bucket, type S3Options } from './bucket.ts'
import { MultipartUpload } from './multipart-upload.ts'
import { PART_BYTES, resumeUpload } from './resume-upload.ts'
import { abortUnfinished, objectKeys } from './unfinished-uploads.ts'

/** Files as objects of an S3 bucket. */
export class S3Target implements Target {
  readonly name = 'S3'
  readonly #bucket: Bucket
  readonly #prefix: string

  constructor(options: S3Options) {
    this.#bucket = openBucket(options)
    this.#prefix = options.prefix
  }

  folder(targetPath: string): string {
    return folderBelow(`s3://${this.#bucket.name}/${this.#prefix}`, targetPath)
  }

  async check(): Promise<TargetUnavailable | TargetFull | null> {
    const { client, name } = this.#bucket
    const object = { Bucket: name, Key: `${this.#prefix}${INCOMING}/${CHECK}` }
    try {
      await this.#bucket.call(async () => {
        await client.send(new HeadBucketCommand({ Bucket: name }))
        await client.send(new PutObjectCommand({ ...object, Body: 'check' }))
        await client.send(new DeleteObjectCommand(object))
      })
      return null
    } catch (error) {
      if (error instanceof TargetUnavailable || error instanceof TargetFull) return error
      throw error
    }
  }

  async freeBytes(): Promise<null> {
    return null
  }

  async write(file: FileToWrite, chunks: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    const key = this.#keyOf(file.path)
    const note = this.#newNote(file.owner)
    const { signal } = file
    const content = measured(chunks)
    let upload: MultipartUpload | null = null
    let only: Uint8Array = Buffer.alloc(0)
    try {
      for await (const block of blocksOf(content.chunks, PART_BYTES)) {
        if (upload === null && block.byteLength < PART_BYTES) {
          only = block
          continue
        }
        upload ??= await MultipartUpload.begin(this.#bucket, { key, note, signal })
        await upload.send(block)
      }
      const stored = content.end()
      if (file.size !== undefined && stored.size !== file.size)
        throw new IncompleteFile(file.size, stored.size)
      await (upload ? upload.complete() : this.#put(key, only, signal))
      return stored
    } catch (error) {
      await upload?.abort()
      throw error
    }
  }

  async resume(
    file: FileToResume,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent> {
    const { size, signal } = file
    const key = this.#keyOf(file.path)
    const note = `${this.#prefix}${INCOMING}/${resumablePrefix(file.owner, file.key)}upload`
    return resumeUpload(this.#bucket, { key, note, size, signal }, chunksFrom)
  }

  /** S3 has no links. */
  async share(): Promise<boolean> {
    return false
  }

  async open(path: string, range?: ByteRange): Promise<OpenedFile> {
    const key = this.#keyOf(path)
    const opened = await this.#bucket.call(() => this.#get(key, range).catch(absent))
    if (opened === null) throw new FileNotFound(path)
    if (!isBeyond(range, opened.size)) return opened
    opened.stream.destroy()
    throw new RangeNotSatisfiable(opened.size)
  }

  async size(path: string): Promise<number | null> {
    const { client, name } = this.#bucket
    const object = { Bucket: name, Key: this.#keyOf(path) }
    return this.#bucket.call(async () => {
      const head = await client.send(new HeadObjectCommand(object)).catch(absent)
      if (head !== null) return head.ContentLength ?? 0
      // HEAD of an object returns the same 404 for a missing object and for a missing bucket.
      await client.send(new HeadBucketCommand({ Bucket: name }))
      return null
    })
  }

  async delete(path: string): Promise<void> {
    const object = { Bucket: this.#bucket.name, Key: this.#keyOf(path) }
    await this.#bucket.call(() => this.#bucket.client.send(new DeleteObjectCommand(object)))
  }

  async owners(): Promise<string[]> {
    return ownersOf(await this.#notes(''))
  }

  async unfinished(owner: string): Promise<string[]> {
    return keysOf(await this.#notes(unfinishedPrefix(owner)))
  }

  async clear(
    owner: string,
    shouldRemove: (key: string | null) => boolean = () => true,
  ): Promise<void> {
    const folder = `${this.#prefix}${INCOMING}/`
    await this.#bucket.call(() =>
      abortUnfinished(this.#bucket, folder + unfinishedPrefix(owner), (note) =>
        shouldRemove(keyOf(note.slice(folder.length))),
      ),
    )
  }

  /** Names of notes that begin with `prefix`. */
  async #notes(prefix: string): Promise<string[]> {
    const folder = `${this.#prefix}${INCOMING}/`
    const notes = await this.#bucket.call(() => objectKeys(this.#bucket, folder + prefix))
    return notes.map((note) => note.slice(folder.length))
  }

  async #get(key: string, range: ByteRange | undefined): Promise<OpenedFile> {
    const object = { Bucket: this.#bucket.name, Key: key }
    const { client } = this.#bucket
    try {
      const { Body, ContentRange, ContentLength } = await client.send(
        new GetObjectCommand({
          ...object,
          ...(range && { Range: `bytes=${range.start}-${range.end}` }),
        }),
      )
      if (!(Body instanceof IncomingMessage)) throw new Error('The response of S3 has no body')
      // No idle timeout while the body is read: backpressure of a slow reader makes the connection idle.
      Body.setTimeout(0)
      return { size: Number(ContentRange?.split('/')[1] ?? ContentLength), stream: Body }
    } catch (error) {
      if (!(error instanceof S3ServiceException && error.name === 'InvalidRange')) throw error
      const { ContentLength = 0 } = await client.send(new HeadObjectCommand(object))
      return { size: ContentLength, stream: Readable.from([]) }
    }
  }

  async #put(key: string, content: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const { client, name } = this.#bucket
    await this.#bucket.call(() =>
      client.send(
        new PutObjectCommand({
          Bucket: name,
          Key: key,
          Body: content,
          ContentLength: content.byteLength,
        }),
        signal ? { abortSignal: signal } : {},
      ),
    )
  }

  #keyOf(path: string): string {
    return this.#prefix + segmentsOf(path).join('/')
  }

  #newNote(owner: string): string {
    return `${this.#prefix}${INCOMING}/${unfinishedPrefix(owner)}${randomBytes(8).toString('hex')}`
  }
}

/** Passes `chunks` through and measures them; `end` returns size and hash once all were read. */
function measured(chunks: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let size = 0
  async function* measure() {
    for await (const chunk of chunks) {
      hash.update(chunk)
      size += chunk.byteLength
      yield chunk
    }
  }
  return {
    chunks: measure(),
    end: (): StoredContent => ({ size, sha256: hash.digest('hex') }),
  }
}

/** For `catch`: null when the object does not exist. HEAD has no body with an error code, so its error is `NotFound`. */
function absent(error: unknown): null {
  if (error instanceof S3ServiceException && ['NoSuchKey', 'NotFound'].includes(error.name))
    return null
  throw error
}
