import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { rejected, type ReadLogin } from './read-login.ts'
import { Turns, type Turn } from './turns.ts'

export const MAX_SESSION_FILE_BYTES = 50 * 1024 * 1024

const MAGIC = Buffer.from('SQLite format 3\0')

/** What a well-meant file needs is milliseconds. */
const READ_TIMEOUT_MS = 2_000
/** The thread and its WebAssembly, on a busy machine. */
const START_TIMEOUT_MS = 15_000

const JS_HEAP_MB = 64

/** Each that is read may take as much memory as the largest file and SQLite's own. The last one waits some 30 s. */
const turns = new Turns({ atOnce: 2, waitingOfOne: 8, waiting: 32 })

const BUSY: SessionFileRead = { status: 'busy', retryAfterSeconds: 10 }

/** What is in a file; `busy` when too many wait to be read. */
export type SessionFileRead =
  | ReadLogin
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

/**
 * The login in a Telethon `.session` file of any schema version (SQLite). The file is untrusted: SQLite reads it in
 * WebAssembly, in a thread of its own that is ended after 2 s, and only a data centre and a key are taken from it. Two
 * files are read at once. A call whose signal is aborted leaves the queue, and its file is no longer held. Throws the
 * signal's reason, and nothing for what a file can contain.
 */
export async function readSessionFile(file: Uint8Array, turn: Turn): Promise<SessionFileRead> {
  if (file.length > MAX_SESSION_FILE_BYTES)
    return rejected('too_large', 'The session file is larger than 50 MiB')
  if (!MAGIC.equals(file.subarray(0, MAGIC.length)))
    return rejected('not_a_session', 'This is not a session file: it is no SQLite database')
  return (await turns.take(turn, () => readInThread(new Uint8Array(file)))) ?? BUSY
}

async function readInThread(file: Uint8Array<ArrayBuffer>): Promise<ReadLogin> {
  const worker = new Worker(new URL('session-file-worker.ts', import.meta.url), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: JS_HEAP_MB, maxYoungGenerationSizeMb: 16 },
  })
  // The thread may still fail while it is being ended, when `once` listens no longer.
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
    // The thread is at its time or memory limit, or its SQLite has crashed.
    return timeout.aborted
      ? rejected('too_slow', 'The session file takes too long to read')
      : rejected('damaged', 'The session file is damaged: SQLite cannot read it')
  }
}

/** A Buffer crosses threads as a plain Uint8Array. */
function withBuffer(read: ReadLogin): ReadLogin {
  if (read.status === 'rejected') return read
  const { dcId, authKey } = read.login
  return { status: 'ok', login: { dcId, authKey: Buffer.from(authKey) } }
}
