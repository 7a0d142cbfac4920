import { FileIncomplete, FileReferenceExpired } from '../errors.ts'
import type { FileLocation, MediaFile } from '../message.ts'
import type { Telegram } from '../telegram.ts'
import { release } from '../release.ts'
import { withRetry, type RetryOptions } from './retry.ts'

/** Bytes per `upload.getFile` call: a divisor of Telegram's limit of 1 MiB that fits into one message of the bus. */
export const CHUNK_BYTES = 512 * 1024

/** Concurrent chunks per file: enough to fill all 4 file links of an account. */
const MAX_PER_FILE = 16
/** Process-wide cap on concurrent chunks (12 MiB). Above it, each file gets MIN_PER_FILE chunks. */
const MAX_PER_PROCESS = 24
const MIN_PER_FILE = 4

/**
 * Deadline of one chunk, including its wait in the account's queue: 20 chunks take 6 minutes at 30 kB/s. Stalled links
 * are detected separately, within 10 s.
 */
const CHUNK_TIMEOUT_MS = 600_000

export interface DownloadOptions extends RetryOptions {
  /** First byte to return. Default 0. */
  readonly offset?: number
  /** Returns a new location, from the message, after the file reference has expired. */
  readonly refresh: () => Promise<FileLocation>
}

/**
 * Downloads a file from `offset` to its end, in order, in chunks of up to 512 KiB. Up to 16 chunks are requested ahead
 * (4 while many files are downloaded). A chunk's memory is freed when the next chunk is requested: copy it to keep it.
 * Throws FileIncomplete when a chunk has another size than announced, FloodWait for a wait above
 * `maxFloodWaitSeconds`, FileReferenceExpired when Telegram refuses two renewed locations as well.
 */
export async function* download(
  telegram: Telegram,
  file: Pick<MediaFile, 'size' | 'location'>,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const { offset = 0, signal } = options
  const abandoned = new AbortController()
  const stop = signal ? AbortSignal.any([signal, abandoned.signal]) : abandoned.signal
  const location = currentLocation(file.location, options.refresh)
  const fetchChunk = (start: number) =>
    chunkAt({ telegram, location, options: { ...options, signal: stop } }, start)

  const window: { start: number; bytes: Promise<Uint8Array> }[] = []
  let next = offset - (offset % CHUNK_BYTES)
  try {
    for (;;) {
      for (; next < file.size && hasRoom(window.length); next += CHUNK_BYTES) {
        const bytes = fetchChunk(next)
        // Avoids an unhandled rejection: the error is thrown when the chunk is awaited below.
        void bytes.catch(() => undefined)
        window.push({ start: next, bytes })
        pendingChunks++
      }
      const first = window.shift()
      if (!first) return
      pendingChunks--
      const bytes = await first.bytes
      const expected = Math.min(CHUNK_BYTES, file.size - first.start)
      if (bytes.length !== expected) {
        throw new FileIncomplete(`${bytes.length} of ${expected} bytes at ${first.start}`)
      }
      yield first.start < offset ? bytes.subarray(offset - first.start) : bytes
      release(bytes)
    }
  } finally {
    pendingChunks -= window.length
    abandoned.abort()
  }
}

/** Requested chunks of all downloads of this process. */
let pendingChunks = 0

function hasRoom(pendingOfFile: number): boolean {
  return (
    pendingOfFile < MIN_PER_FILE ||
    (pendingOfFile < MAX_PER_FILE && pendingChunks < MAX_PER_PROCESS)
  )
}

interface ChunkSource {
  readonly telegram: Telegram
  readonly location: CurrentLocation
  readonly options: RetryOptions
}

/** Location renewals per chunk: a renewed file reference can expire again before it is used. */
const MAX_RENEWALS = 2

async function chunkAt({ telegram, location, options }: ChunkSource, offset: number) {
  const fetchFrom = (from: FileLocation) =>
    withRetry(options, () =>
      telegram.fileChunk(
        { location: from, offset, limit: CHUNK_BYTES },
        { timeoutMs: CHUNK_TIMEOUT_MS, ...options },
      ),
    )
  let tried = location.get()
  if (tried.content !== undefined) return contentAt(tried.content, offset)
  for (let renewals = 0; ; renewals++) {
    try {
      return await fetchFrom(tried)
    } catch (error) {
      if (!(error instanceof FileReferenceExpired) || renewals === MAX_RENEWALS) throw error
      tried = await location.renew(tried)
    }
  }
}

/** A chunk of a file whose bytes are in its message. */
function contentAt(content: string, offset: number): Uint8Array {
  return Buffer.from(content, 'base64').subarray(offset, offset + CHUNK_BYTES)
}

/** The current location of a file, shared by all chunks of a download. */
interface CurrentLocation {
  get(): FileLocation
  /** Replaces an expired location. Concurrent calls share one refresh. */
  renew(expired: FileLocation): Promise<FileLocation>
}

function currentLocation(
  initial: FileLocation,
  refresh: () => Promise<FileLocation>,
): CurrentLocation {
  let current = initial
  let renewal: Promise<FileLocation> | null = null
  return {
    get: () => current,
    async renew(expired) {
      if (current !== expired) return current
      renewal ??= refresh().then((renewed) => {
        current = renewed
        renewal = null
        return renewed
      })
      return await renewal
    },
  }
}
