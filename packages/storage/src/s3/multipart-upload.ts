import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'

interface Upload {
  readonly key: string
  /** Key of the note: an object that contains `key` while the upload may be unfinished. See unfinished-uploads.ts. */
  readonly note: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Uploads one object in parts, sequentially. The object exists once `complete` resolves. The caller must end every upload
 * with `complete` or `abort`.
 */
export class MultipartUpload {
  readonly #bucket: Bucket
  readonly #upload: Upload
  readonly #id: string
  readonly #parts: CompletedPart[]

  /** Continues the upload `id`, whose parts so far have these ETags. */
  constructor(bucket: Bucket, upload: Upload, id: string, etags: readonly string[] = []) {
    this.#bucket = bucket
    this.#upload = upload
    this.#id = id
    this.#parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }))
  }

  static async begin(bucket: Bucket, upload: Upload): Promise<MultipartUpload> {
    const { client, name } = bucket
    const { key, note } = upload
    return bucket.call(async () => {
      await client.send(new PutObjectCommand({ Bucket: name, Key: note, Body: key }))
      const begun = await client.send(new CreateMultipartUploadCommand({ Bucket: name, Key: key }))
      if (begun.UploadId === undefined) throw new Error('S3 returned no upload id')
      return new MultipartUpload(bucket, upload, begun.UploadId)
    })
  }

  get id(): string {
    return this.#id
  }

  /** ETags of the uploaded parts, in order. */
  get etags(): readonly string[] {
    return this.#parts.map(({ ETag = '' }) => ETag)
  }

  async complete(): Promise<void> {
    const { client } = this.#bucket
    const parts = { MultipartUpload: { Parts: this.#parts } }
    await this.#bucket.call(() =>
      client.send(new CompleteMultipartUploadCommand({ ...this.#address(), ...parts })),
    )
    await this.#deleteNote()
  }

  /** Removes the parts. Never throws: if S3 fails, the note stays and `abortUnfinished` aborts the upload later. */
  async abort(): Promise<void> {
    try {
      await this.#bucket.client.send(new AbortMultipartUploadCommand(this.#address()))
    } catch {
      return
    }
    await this.#deleteNote()
  }

  /** Uploads the next part; resolves when S3 has stored it. */
  async send(part: Uint8Array): Promise<void> {
    const { client } = this.#bucket
    const { signal } = this.#upload
    const PartNumber = this.#parts.length + 1
    const { ETag } = await this.#bucket.call(() =>
      client.send(
        new UploadPartCommand({ ...this.#address(), PartNumber, Body: part }),
        signal ? { abortSignal: signal } : {},
      ),
    )
    this.#parts.push({ PartNumber, ETag })
  }

  /** Ignores errors: a leftover note is harmless. */
  async #deleteNote(): Promise<void> {
    const { client, name } = this.#bucket
    await client
      .send(new DeleteObjectCommand({ Bucket: name, Key: this.#upload.note }))
      .catch(() => undefined)
  }

  #address() {
    return { Bucket: this.#bucket.name, Key: this.#upload.key, UploadId: this.#id }
  }
}
