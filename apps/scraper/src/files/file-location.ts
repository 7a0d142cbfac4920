import type { Db } from '@telegather/db'
import { withRetry, type FileLocation } from '@telegather/telegram'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { FileRoute } from './file-route.ts'
import { saveLocations, type FileToStore } from './queries.ts'

/** Telegram no longer has the file: its message was deleted, or has another file by now. */
export class FileGone extends Error {
  override readonly name = 'FileGone'
}

/** File references end within hours. */
const MAX_AGE_MS = 30 * 60_000
/** What one call may ask for. */
const BATCH = 100

/** The file's location as Telegram gives it now, by the file's message. Throws FileGone. */
export async function freshLocation(
  route: FileRoute,
  file: FileToStore,
  signal: AbortSignal,
): Promise<FileLocation> {
  const [located] = await askForLocations(route, [file], signal)
  if (located === undefined) throw new FileGone()
  if (located.location instanceof FileGone) throw located.location
  return located.location
}

/**
 * The same files with locations that are fresh enough for a download and were told to the run's session: other accounts'
 * are refused. Telegram is asked for the rest, a hundred a call.
 * `gone`: files that Telegram no longer has.
 */
export async function freshenLocations<File extends FileToStore>(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { files, signal }: { readonly files: readonly File[]; readonly signal: AbortSignal },
): Promise<{ located: File[]; gone: { file: File; error: FileGone }[] }> {
  const gone: { file: File; error: FileGone }[] = []
  const fresh = new Map<number, FileLocation>()
  const { sessionId } = route.telegram
  const old = files.filter((file) => file.locationSessionId !== sessionId || isOld(file))
  for (let at = 0; at < old.length; at += BATCH)
    for (const { file, location } of await askForLocations(
      route,
      old.slice(at, at + BATCH),
      signal,
    )) {
      if (location instanceof FileGone) gone.push({ file, error: location })
      else fresh.set(file.id, location)
    }
  if (fresh.size > 0)
    await writeForRun(db, run, route.telegram.fence, async (tx) => {
      await saveLocations(
        tx,
        sessionId,
        [...fresh].map(([id, location]) => ({ id, location })),
      )
      return {}
    })
  const lost = new Set(gone.map(({ file }) => file.id))
  return {
    gone,
    located: files
      .filter(({ id }) => !lost.has(id))
      .map((file) => ({ ...file, location: fresh.get(file.id) ?? file.location })),
  }
}

function isOld({ locatedAt, createdAt }: FileToStore): boolean {
  return Date.now() - (locatedAt ?? createdAt).getTime() > MAX_AGE_MS
}

async function askForLocations<File extends FileToStore>(
  { telegram, channel }: FileRoute,
  files: readonly File[],
  signal: AbortSignal,
): Promise<{ file: File; location: FileLocation | FileGone }[]> {
  const ids = [...new Set(files.map(({ messageId }) => messageId))]
  const messages = await withRetry({ signal }, () =>
    telegram.messagesById({ channel, ids }, { signal }),
  )
  const byId = new Map(messages.map((message) => [message.id, message]))
  return files.map((file) => {
    const { media } = byId.get(file.messageId) ?? {}
    const known = file.location as FileLocation
    if (!media)
      return { file, location: new FileGone('The message has been deleted, and its file with it') }
    if (media.location.id !== known.id)
      return { file, location: new FileGone('The message has another file by now') }
    // Of a photo, the size that was chosen when its row was made.
    return { file, location: { ...media.location, thumbSize: known.thumbSize } }
  })
}
