import { FileIncomplete, FileReferenceExpired } from '../errors.ts'
import type { FileLocation, MediaFile } from '../message.ts'
import type { Telegram } from '../telegram.ts'
import { release } from '../release.ts'
import { withRetry, type RetryOptions } from './retry.ts'

/** Divides Telegram's own limit of 1 MiB, and fits into one message of the bus. */
export const CHUNK_BYTES = 512 * 1024

/** Chunks of one file under way at once: enough for all links that an account has for files. */
const WINDOW = 16
/** Beyond so many of all files together, that is 12 MiB, each file has its few. */
const SHARED_WINDOW = 24
const OWN_WINDOW = 4

/**
 * A chunk waits its turn behind up to 20 others of its account, six minutes at 30 kB/s. Links that stall are noticed
 * within seconds.
 */
const CHUNK_TIMEOUT_MS = 600_000

export interface DownloadOptions extends RetryOptions {
  /** Bytes to skip at the beginning of the file. */
  readonly offset?: number
  /** A new location, from the message, after the file reference has expired. */
  readonly refresh: () => Promise<FileLocation>
}

/**
 * The bytes of a file from `offset` to its end, in order; at most sixteen chunks of 512 KiB are held, four while many
 * files are under way, and each is given back when the next one is asked for: whoever needs it longer copies it.
 * Throws FileIncomplete when Telegram sends other than the announced number of bytes, FloodWait when it
 * asks for a longer wait than is absorbed, FileReferenceExpired when a new location is refused as well.
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
        // Its error is thrown when its turn comes; until then it is not an unhandled one.
        void bytes.catch(() => undefined)
        window.push({ start: next, bytes })
        chunksUnderWay++
      }
      const first = window.shift()
      if (!first) return
      chunksUnderWay--
      const bytes = await first.bytes
      const expected = Math.min(CHUNK_BYTES, file.size - first.start)
      if (bytes.length !== expected) {
        throw new FileIncomplete(`${bytes.length} of ${expected} bytes at ${first.start}`)
      }
      yield first.start < offset ? bytes.subarray(offset - first.start) : bytes
      release(bytes)
    }
  } finally {
    chunksUnderWay -= window.length
    abandoned.abort()
  }
}

/** Of all files of this process, as its memory is. */
let chunksUnderWay = 0

function hasRoom(ofFile: number): boolean {
  return ofFile < OWN_WINDOW || (ofFile < WINDOW && chunksUnderWay < SHARED_WINDOW)
}

interface ChunkSource {
  readonly telegram: Telegram
  readonly location: CurrentLocation
  readonly options: RetryOptions
}

/** A renewed location may end at once, when all references were ended meanwhile. */
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

/** The chunk of a file that its message carried in base64. */
function contentAt(content: string, offset: number): Uint8Array {
  return Buffer.from(content, 'base64').subarray(offset, offset + CHUNK_BYTES)
}

/** Where the file is now. */
interface CurrentLocation {
  get(): FileLocation
  /** Replaces a location that has expired, once for all chunks that find it so. */
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
