import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { rejected, type ReadLogin } from './read-login.ts'
import { FairQueue, type QueueEntry } from './fair-queue.ts'

export const MAX_SESSION_FILE_BYTES = 50 * 1024 * 1024

const MAGIC = Buffer.from('SQLite format 3\0')

/** A valid file takes milliseconds. */
const READ_TIMEOUT_MS = 2_000
/** Start of the worker thread with its WebAssembly, on a busy machine. */
const START_TIMEOUT_MS = 15_000

const JS_HEAP_MB = 64

/**
 * Each read needs memory for the file (up to 50 MiB) and for SQLite (up to 64 MiB). The last of 32 waiting files waits
 * about 30 s.
 */
const queue = new FairQueue({ concurrency: 2, maxWaitingPerParty: 8, maxWaiting: 32 })

const BUSY: SessionFileRead = { status: 'busy', retryAfterSeconds: 10 }

/** Result of reading a file; `busy` when too many files are waiting. */
export type SessionFileRead =
  | ReadLogin
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

/**
 * Reads the login of a Telethon `.session` file (SQLite, any schema version). The file is untrusted: SQLite runs in
 * WebAssembly in a worker thread, which is terminated after 2 s, and only data centre and auth key are read. Two files
 * are read at a time; per party 8 more, altogether 32 more wait. Throws the signal's reason when it is aborted while the
 * call waits. No file content makes it throw: such files are `rejected`.
 */
export async function readSessionFile(
  file: Uint8Array,
  entry: QueueEntry,
): Promise<SessionFileRead> {
  if (file.length > MAX_SESSION_FILE_BYTES)
    return rejected('too_large', 'The session file is larger than 50 MiB')
  if (!MAGIC.equals(file.subarray(0, MAGIC.length)))
    return rejected('not_a_session', 'This is not a session file: it is no SQLite database')
  return (await queue.run(entry, () => readInThread(new Uint8Array(file)))) ?? BUSY
}

async function readInThread(file: Uint8Array<ArrayBuffer>): Promise<ReadLogin> {
  const worker = new Worker(new URL('session-file-worker.ts', import.meta.url), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: JS_HEAP_MB, maxYoungGenerationSizeMb: 16 },
  })
  // The worker can emit an error during terminate(), after `once` has removed its listener.
  worker.on('error', () => undefined)
  try {
    await once(worker, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
    return await answerOf(worker, file)
  } finally {
    await worker.terminate()
  }
}

async function answerOf(worker: Worker, file: Uint8Array<ArrayBuffer>): Promise<ReadLogin> {
  const timeout = AbortSignal.timeout(READ_TIMEOUT_MS)
  const answer = once(worker, 'message', { signal: timeout })
  worker.postMessage(file, [file.buffer])
  try {
    const [read] = (await answer) as [ReadLogin]
    return withBuffer(read)
  } catch {
    // The read timed out, or the worker died: out of memory, or SQLite crashed.
    return timeout.aborted
      ? rejected('too_slow', 'The session file takes too long to read')
      : rejected('damaged', 'The session file is damaged: SQLite cannot read it')
  }
}

/** postMessage turns a Buffer into a plain Uint8Array: restores the Buffer. */
function withBuffer(read: ReadLogin): ReadLogin {
  if (read.status === 'rejected') return read
  const { dcId, authKey } = read.login
  return { status: 'ok', login: { dcId, authKey: Buffer.from(authKey) } }
}
