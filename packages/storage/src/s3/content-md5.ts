import { createHash } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'

/**
 * Sends the MD5 of every request body as `Content-MD5`. Buckets with Object Lock refuse writes without a checksum, and
 * this one is understood by AWS and by servers that know no newer one.
 */
export function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body?: unknown }
      const { body } = request
      if (typeof body === 'string' || body instanceof Uint8Array)
        request.headers['content-md5'] = createHash('md5').update(body).digest('base64')
      return next(args)
    },
    // Before the request is signed, so that the signature covers the header.
    { step: 'build', name: 'contentMd5' },
  )
}
