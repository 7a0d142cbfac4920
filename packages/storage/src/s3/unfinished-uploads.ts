import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'

/**
 * Aborts the uploads whose notes begin with `prefix`. A note is written before its upload begins and names its key, as
 * not every server can list the uploads of more than one key.
 */
export async function abortUnfinished(bucket: Bucket, prefix: string): Promise<void> {
  for (const note of await keysOf(bucket, prefix)) await abortNoted(bucket, note)
}

export async function keysOf({ client, name }: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix }))
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []))
  return keys
}

async function abortNoted({ client, name }: Bucket, note: string): Promise<void> {
  const key = await client
    .send(new GetObjectCommand({ Bucket: name, Key: note }))
    .then(({ Body }) => Body?.transformToString())
    .catch(unless('NoSuchKey'))
  if (key) await abortUploadsOf(client, name, key)
  await client.send(new DeleteObjectCommand({ Bucket: name, Key: note }))
}

/** Those of the very key come first; there are never as many as a page holds. */
async function abortUploadsOf(client: S3Client, name: string, key: string): Promise<void> {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: name, Prefix: key }),
  )
  for (const { Key, UploadId } of Uploads) {
    if (Key !== key) continue
    await client
      .send(new AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }))
      .catch(unless('NoSuchUpload'))
  }
}

/** For `catch`: undefined for the error of that name. */
function unless(name: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof S3ServiceException && error.name === name)) throw error
  }
}
