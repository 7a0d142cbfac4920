import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'

/**
 * Aborts the uploads whose notes have this key prefix and for which `shouldAbort` returns true. A note is written before
 * its upload begins and contains the upload's key, because some servers cannot list the uploads of more than one key.
 */
export async function abortUnfinished(
  bucket: Bucket,
  prefix: string,
  shouldAbort: (note: string) => boolean,
): Promise<void> {
  for (const note of await objectKeys(bucket, prefix))
    if (shouldAbort(note)) await abortNoted(bucket, note)
}

export async function objectKeys({ client, name }: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix }))
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []))
  return keys
}

async function abortNoted({ client, name }: Bucket, note: string): Promise<void> {
  // The first line of a note is the key; resume-upload.ts describes the rest.
  const text = await client
    .send(new GetObjectCommand({ Bucket: name, Key: note }))
    .then(({ Body }) => Body?.transformToString())
    .catch(unless('NoSuchKey'))
  const [key] = (text ?? '').split('\n', 1)
  if (key) await abortUploadsOf({ client, name }, key)
  await client.send(new DeleteObjectCommand({ Bucket: name, Key: note }))
}

/**
 * Aborts every upload of a key. The list is sorted by key, so uploads of exactly this key come first; there are always
 * fewer than the 1000 of one page.
 */
export async function abortUploadsOf(
  { client, name }: Pick<Bucket, 'client' | 'name'>,
  key: string,
): Promise<void> {
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

/** For `catch`: ignores the S3 error with this name, rethrows others. */
export function unless(name: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof S3ServiceException && error.name === name)) throw error
  }
}
