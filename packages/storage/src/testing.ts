import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import type { S3Options } from './s3/bucket.ts'

const BUCKET = 'archive'

/**
 * What a request gets instead of its answer: an HTTP status, an S3 error, a closed connection (`cut`), or no answer
 * (`hang`). Null: it is served.
 */
type Fault =
  | number
  | { readonly status: number; readonly code: string; readonly sentence?: string }
  | 'cut'
  | 'hang'
  | null

export interface S3Server {
  readonly options: S3Options
  /** Called before every request is served. */
  fault: (request: { readonly method: string; readonly url: URL }) => Fault | Promise<Fault>
  /** Refuses writes without a checksum, with the error of an AWS bucket with Object Lock. */
  isLocked: boolean
  /** URLs of objects and parts whose `Content-MD5` did not match their bytes. */
  readonly badDigests: readonly string[]
  /** Keys of the bucket's objects, sorted. */
  objects(): Promise<string[]>
  /** Keys of the multipart uploads that were neither completed nor aborted. */
  uploads(): Promise<string[]>
  /** Removes all unfinished uploads, like a bucket's lifecycle rule. */
  dropUploads(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts s3rver on a free port with an empty bucket. A handler in front of it adds what s3rver lacks: listing and
 * aborting uploads, listing their parts, and refusing parts of an upload that no longer exists.
 */
export async function startS3(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-s3-'))
  const configureBuckets = [{ name: BUCKET, configs: [] }]
  const s3rver = new S3rver({ directory, silent: true, vhostBuckets: false, configureBuckets })
  await s3rver.configureBuckets()
  const serve = s3rver.callback()
  const uploads = unfinishedUploads(directory)
  const badDigests: string[] = []

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.destroy())
  })
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const fault = await s3.fault({ method: request.method ?? '', url })
    if (fault === 'cut') request.destroy()
    else if (typeof fault === 'number') sendError(response, fault, 'InternalError')
    else if (fault !== null && fault !== 'hang')
      sendError(response, fault.status, fault.code, fault.sentence)
    else if (s3.isLocked && isWriteWithoutChecksum(request))
      sendError(response, 400, 'InvalidRequest', NO_CHECKSUM)
    else if (fault === null && !(await uploads.answer(request, response, url)))
      serve(
        request,
        response.on('finish', () => recordBadDigest(request, response, badDigests)),
      )
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const s3: S3Server = {
    options: {
      bucket: BUCKET,
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      prefix: '',
    },
    fault: () => null,
    isLocked: false,
    badDigests,
    async objects() {
      const names = await readdir(join(directory, BUCKET), { recursive: true })
      const suffix = '._S3rver_object'
      return names
        .filter((name) => name.endsWith(suffix))
        .map((name) => name.slice(0, -suffix.length))
        .toSorted()
    },
    uploads: async () => (await uploads.list()).map(({ key }) => key),
    dropUploads: () => uploads.drop(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await rm(directory, { recursive: true })
    },
  }
  return s3
}

/** The uploads in s3rver's data folder; each has a folder with a file `key`. */
function unfinishedUploads(directory: string) {
  const folder = join(directory, BUCKET, '._S3rver_uploads')
  const list = async () => {
    const ids = await readdir(folder).catch(() => [])
    return Promise.all(
      ids.map(async (id) => ({ id, key: await readFile(join(folder, id, 'key'), 'utf8') })),
    )
  }
  return {
    list,
    drop: () => rm(folder, { recursive: true }),
    /** Returns false when s3rver has to answer the request. */
    async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
      if (request.method === 'GET' && url.searchParams.has('uploads')) {
        const prefix = url.searchParams.get('prefix') ?? ''
        const found = (await list()).filter(({ key }) => key.startsWith(prefix))
        response.end(
          `<ListMultipartUploadsResult><Bucket>${BUCKET}</Bucket><IsTruncated>false</IsTruncated>${found
            .map(
              ({ id, key }) =>
                `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></Upload>`,
            )
            .join('')}</ListMultipartUploadsResult>`,
        )
        return true
      }
      const id = url.searchParams.get('uploadId')
      if (id === null) return false
      const known = (await list()).some((upload) => upload.id === id)
      if (!known) {
        sendError(response, 404, 'NoSuchUpload')
        return true
      }
      if (request.method === 'GET') {
        const parts = await listParts(join(folder, id))
        response.end(
          `<ListPartsResult><Bucket>${BUCKET}</Bucket><IsTruncated>false</IsTruncated>${parts
            .map(
              ({ number, md5 }) =>
                `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${md5}&quot;</ETag></Part>`,
            )
            .join('')}</ListPartsResult>`,
        )
        return true
      }
      if (request.method !== 'DELETE') return false
      // s3rver may be writing a part into the folder meanwhile, which makes `rm` fail with ENOTEMPTY.
      await rm(join(folder, id), { recursive: true, maxRetries: 5 })
      response.writeHead(204).end()
      return true
    },
  }
}

/** The complete parts in s3rver's folder of an upload. */
async function listParts(folder: string): Promise<{ number: number; md5: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md5'))
  const parts = names.map(async (name) => ({
    number: parseInt(name, 10),
    md5: await readFile(join(folder, name), 'utf8'),
  }))
  return (await Promise.all(parts)).toSorted((a, b) => a.number - b.number)
}

const NO_CHECKSUM =
  'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters'

function isWriteWithoutChecksum({ method, headers }: IncomingMessage): boolean {
  if (method !== 'PUT') return false
  return !Object.keys(headers).some(
    (name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'),
  )
}

/** s3rver's ETag of an object or a part is the MD5 of its bytes. */
function recordBadDigest(
  { method, headers, url = '' }: IncomingMessage,
  response: ServerResponse,
  badDigests: string[],
): void {
  const digest = headers['content-md5']
  const etag = response.getHeader('etag')
  if (method !== 'PUT' || digest === undefined || etag === undefined) return
  const expected = Buffer.from(String(digest), 'base64').toString('hex')
  if (String(etag) !== JSON.stringify(expected)) badDigests.push(url)
}

function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string = code,
): void {
  // An unread body would block the next request on a keep-alive connection.
  response.req.resume()
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
