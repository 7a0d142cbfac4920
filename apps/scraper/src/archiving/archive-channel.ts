import type { Db } from '@telegather/db'
import { FloodWait } from '@telegather/telegram'
import { Arrivals } from '../files/arrivals.ts'
import type { FileRoute } from '../files/file-route.ts'
import { FilesWaiting } from '../files/files-waiting.ts'
import { storeFiles } from '../files/store-files.ts'
import { gatherPages } from '../messages/gather-pages.ts'
import { storePage } from '../messages/store-page.ts'
import { rescan } from './rescan.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { SourceRow } from '../runs/queries/source-columns.ts'
import type { ChannelReader } from './channel-reader.ts'

interface Options {
  readonly source: SourceRow
  readonly reader: ChannelReader
  /** Id of the last stored message; the history is read after it. */
  readonly afterId: number
  readonly signal: AbortSignal
}

/**
 * Stores the channel's posts up to its newest and, in parallel, the source's pending files. When either meets a flood
 * wait, the other continues to its end. An error of the files is thrown once all posts are stored.
 */
export async function archiveChannel(
  db: Db,
  run: RunRow,
  route: FileRoute,
  options: Options,
): Promise<void> {
  const arrivals = new Arrivals()
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const filesEnd = failureOf(storeFiles(db, run, route, { arrivals, signal }))
  const postsFailure = await failureOf(storePosts(db, run, route, { ...options, arrivals }))
  const stoppedAt = performance.now()
  if (postsFailure !== null && !(postsFailure.error instanceof FloodWait))
    stop.abort(postsFailure.error)
  arrivals.end()
  const filesFailure = await filesEnd
  if (postsFailure === null) {
    if (filesFailure !== null) throw filesFailure.error
    return
  }
  if (!(postsFailure.error instanceof FloodWait)) throw postsFailure.error
  throw firstToResume(postsFailure.error, performance.now() - stoppedAt, filesFailure)
}

/**
 * The error that ends an attempt whose posts met a flood wait `passedMs` ago. It is the rest of that wait, or the files'
 * error where that lets the run resume earlier.
 */
function firstToResume(
  posts: FloodWait,
  passedMs: number,
  files: { readonly error: unknown } | null,
): unknown {
  const leftMs = Math.max(1000, posts.seconds * 1000 - passedMs)
  const wait = new FloodWait(Math.ceil(leftMs / 1000), { cause: posts })
  if (files === null) return wait
  const isLater = files.error instanceof FilesWaiting && files.error.waitMs > leftMs
  return isLater ? wait : files.error
}

async function failureOf(work: Promise<void>): Promise<{ readonly error: unknown } | null> {
  try {
    await work
    return null
  } catch (error) {
    return { error }
  }
}

async function storePosts(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { source, reader, afterId, arrivals, signal }: Options & { readonly arrivals: Arrivals },
): Promise<void> {
  await rescan(db, run, route, { source, signal })
  arrivals.announce()
  const telegram = route.progress.watch(route.telegram)
  const pages = reader.history(telegram, route.channel, { afterId, signal })
  for await (const page of gatherPages(pages)) {
    await storePage(db, run, page, route.telegram)
    route.progress.stored(page.length)
    if (page.some(({ media }) => media !== null)) arrivals.announce()
  }
}
