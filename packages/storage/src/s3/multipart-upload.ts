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
  /** The key of an object that names `key` as long as the upload may be unfinished: see unfinished-uploads.ts. */
  readonly note: string
  readonly signal?: AbortSignal | undefined
}

/**
 * One object in parts, one after the other. The object exists once `complete` has answered. Whoever begins an upload
 * ends it with `complete` or `abort`.
 */
export class MultipartUpload {
  readonly #bucket: Bucket
  readonly #upload: Upload
  readonly #id: string
  readonly #parts: CompletedPart[]

  /** Goes on with the upload `id`, which has the parts with these ETags. */
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
      if (begun.UploadId === undefined) throw new Error('S3 gave the upload no id')
      return new MultipartUpload(bucket, upload, begun.UploadId)
    })
  }

  get id(): string {
    return this.#id
  }

  /** Of the parts that have arrived, in order. */
  get etags(): readonly string[] {
    return this.#parts.map(({ ETag = '' }) => ETag)
  }

  async complete(): Promise<void> {
    const { client } = this.#bucket
    const parts = { MultipartUpload: { Parts: this.#parts } }
    await this.#bucket.call(() =>
      client.send(new CompleteMultipartUploadCommand({ ...this.#address(), ...parts })),
    )
    await this.#forget()
  }

  /** Takes the parts back. Never throws: what S3 does not do now is done by `abortUnfinished`. */
  async abort(): Promise<void> {
    try {
      await this.#bucket.client.send(new AbortMultipartUploadCommand(this.#address()))
    } catch {
      return
    }
    await this.#forget()
  }

  /** Resolves when the part has arrived. */
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

  /** A note that stays does no harm. */
  async #forget(): Promise<void> {
    const { client, name } = this.#bucket
    await client
      .send(new DeleteObjectCommand({ Bucket: name, Key: this.#upload.note }))
      .catch(() => undefined)
  }

  #address() {
    return { Bucket: this.#bucket.name, Key: this.#upload.key, UploadId: this.#id }
  }
}
