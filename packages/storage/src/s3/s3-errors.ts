import { S3ServiceException } from '@aws-sdk/client-s3'
import { TargetUnavailable } from '../errors.ts'

/** What S3 or the way to it says, as what it means for people; an abort stays one. */
export function asTargetError(bucket: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error
  return new TargetUnavailable(`Target S3: ${reasonOf(bucket, error)}`, { cause: error })
}

function reasonOf(bucket: string, error: Error): string {
  if (!(error instanceof S3ServiceException)) {
    const code = 'code' in error ? String(error.code) : error.name
    return `its endpoint cannot be reached (${code})`
  }
  const status = error.$metadata.httpStatusCode ?? 0
  if (error.name === 'NoSuchBucket' || (error.name === 'NotFound' && status === 404))
    return `it has no bucket ${bucket}`
  if (status === 401 || status === 403)
    return `it refuses the key, or what the key may do (${error.name})`
  if (status === 301 || status === 307) return 'its bucket is in another region (S3_REGION)'
  return `it answers ${status} ${error.name}`
}
