import { S3Client } from '@aws-sdk/client-s3'
import { sendContentMd5 } from './content-md5.ts'
import { asTargetError } from './s3-errors.ts'

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 30_000

export interface S3Options {
  readonly bucket: string
  /** Null: AWS. Any other endpoint gets path-style URLs, which every server supports. */
  readonly endpoint: string | null
  readonly region: string
  /** Null: the default AWS credential chain, for example the machine's role. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  /** Prefix of all keys; '' or ending with a slash. */
  readonly prefix: string
  /** A request is aborted when its connection was idle for this long; 30 s by default. */
  readonly idleTimeoutMs?: number
}

export interface Bucket {
  readonly client: S3Client
  readonly name: string
  /** Runs an operation and maps its errors to target errors. */
  call<T>(operation: () => Promise<T>): Promise<T>
}

export function openBucket(options: S3Options): Bucket {
  const { bucket, endpoint, region, credentials, idleTimeoutMs = IDLE_TIMEOUT_MS } = options
  const client = new S3Client({
    region,
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    ...(credentials !== null && { credentials }),
    // The SDK's default checksums are CRCs, which many servers other than AWS do not support; see `sendContentMd5`.
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
