import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import type { S3Options } from './s3/bucket.ts'

const BUCKET = 'archive'

/** What happens to a request: an error of S3, an HTTP status, a broken connection, or no answer ever. Null: it is served. */
type Fault =
  | number
  | { readonly status: number; readonly code: string; readonly sentence?: string }
  | 'cut'
  | 'hang'
  | null

export interface S3Server {
  readonly options: S3Options
  /** Asked before every request is served. */
  fault: (request: { readonly method: string; readonly url: URL }) => Fault | Promise<Fault>
  /** Writes without a checksum are refused as by a bucket with Object Lock, in the words of AWS. */
  isLocked: boolean
  /** Objects and parts that arrived with a `Content-MD5` of another content. */
  readonly badDigests: readonly string[]
  /** Keys of the bucket's objects, sorted. */
  objects(): Promise<string[]>
  /** Keys of the uploads that were begun and neither completed nor aborted. */
  uploads(): Promise<string[]>
  /** Forgets all uploads, as a rule of a bucket's life cycle does. */
  dropUploads(): Promise<void>
  close(): Promise<void>
}

/**
 * s3rver on a free port, with an empty bucket. Before it stand the operations that it lacks, to list and to abort
 * uploads and to list their parts, and the refusal of parts of an upload that is no more.
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
        response.on('finish', () => noteBadDigest(request, response, badDigests)),
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

/** The uploads that lie, each with its key, in a folder of s3rver's. */
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
    /** False when the request is for s3rver. */
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
      // A part that is just arriving is still being written.
      await rm(join(folder, id), { recursive: true, maxRetries: 5 })
      response.writeHead(204).end()
      return true
    },
  }
}

/** The parts that have arrived in s3rver's folder of an upload. */
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

/** The ETag of an object or a part is the MD5 of what arrived. */
function noteBadDigest(
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
  // What is not read would keep the connection from its next request.
  response.req.resume()
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
