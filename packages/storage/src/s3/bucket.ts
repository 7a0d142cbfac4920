import { S3Client } from '@aws-sdk/client-s3'
import { sendContentMd5 } from './content-md5.ts'
import { asTargetError } from './s3-errors.ts'

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 30_000

export interface S3Options {
  readonly bucket: string
  /** AWS's own where null; at any other the bucket is part of the path, which every server understands. */
  readonly endpoint: string | null
  readonly region: string
  /** Null: those that AWS's own tools would find, such as a machine's role. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  /** Before all keys; '' or ending with a slash. */
  readonly prefix: string
  /** After which a request is given up on whose connection nothing moves. */
  readonly idleTimeoutMs?: number
}

export interface Bucket {
  readonly client: S3Client
  readonly name: string
  /** What an operation answers; its failure as what it means for the target. */
  call<T>(operation: () => Promise<T>): Promise<T>
}

export function openBucket(options: S3Options): Bucket {
  const { bucket, endpoint, region, credentials, idleTimeoutMs = IDLE_TIMEOUT_MS } = options
  const client = new S3Client({
    region,
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    ...(credentials !== null && { credentials }),
    // The SDK's own checksums are CRCs, which many servers other than AWS's do not know: see `sendContentMd5`.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: idleTimeoutMs },
  })
  sendContentMd5(client)
  return {
    client,
    name: bucket,
    async call(operation) {
      try {
        return await operation()
      } catch (error) {
        throw asTargetError(bucket, error)
      }
    },
  }
}
