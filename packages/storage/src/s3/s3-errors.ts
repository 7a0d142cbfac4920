import { S3ServiceException } from '@aws-sdk/client-s3'
import { TargetFull, TargetUnavailable } from '../errors.ts'

/** Insufficient Storage (RFC 4918): the server's disk or quota is full. */
const NO_ROOM = 507

const MAX_SENTENCE_LENGTH = 300

/** Maps an S3 or network error to a target error with a sentence for users. An AbortError stays as it is. */
export function asTargetError(bucket: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error
  if (isFull(error)) return new TargetFull('Target S3 is full', { cause: error })
  return new TargetUnavailable(`Target S3: ${reasonOf(bucket, error)}`, { cause: error })
}

function isFull(error: Error): boolean {
  if (!(error instanceof S3ServiceException)) return false
  return error.$metadata.httpStatusCode === NO_ROOM || /StorageFull|QuotaExceeded/.test(error.name)
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
    return `it refuses the access key, or the key lacks a permission (${withSentence(error)})`
  if (status === 301 || status === 307) return 'its bucket is in another region (S3_REGION)'
  return `it answers ${status} ${withSentence(error)}`
}

/** The error's code and S3's message. A response to HEAD has no body and therefore no message. */
function withSentence({ name, message }: S3ServiceException): string {
  const sentence = message.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  if (sentence === '' || sentence === name || sentence.startsWith('UnknownError')) return name
  return `${name}: ${sentence.slice(0, MAX_SENTENCE_LENGTH)}`
}
