import type { Db } from '@telegather/db'
import { withRetry, type FileLocation } from '@telegather/telegram'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { FileRoute } from './file-route.ts'
import { saveLocations, type FileToStore } from './queries.ts'

/** Telegram no longer has the file: its message was deleted, or now has another file. */
export class FileGone extends Error {
  override readonly name = 'FileGone'
}

/** Locations older than this are requested again, because file references expire within hours. */
const MAX_AGE_MS = 30 * 60_000
/** Telegram's limit of message ids in one call. */
const BATCH = 100

/** Requests the file's current location from Telegram, by the file's message. Throws FileGone. */
export async function freshLocation(
  route: FileRoute,
  file: FileToStore,
  signal: AbortSignal,
): Promise<FileLocation> {
  const [located] = await requestLocations(route, [file], signal)
  if (located === undefined) throw new FileGone()
  if (located.location instanceof FileGone) throw located.location
  return located.location
}

/**
 * Returns the files with locations that are valid for a download. Locations older than 30 minutes, and those received by
 * another session, which Telegram would refuse, are requested again, 100 a call, and saved. `gone`: files that Telegram
 * no longer has.
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
  const outdated = files.filter((file) => file.locationSessionId !== sessionId || isOld(file))
  for (let at = 0; at < outdated.length; at += BATCH)
    for (const { file, location } of await requestLocations(
      route,
      outdated.slice(at, at + BATCH),
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

async function requestLocations<File extends FileToStore>(
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
    const stored = file.location as FileLocation
    if (!media)
      return { file, location: new FileGone('The message has been deleted, and its file with it') }
    if (media.location.id !== stored.id)
      return { file, location: new FileGone('The message now has another file') }
    // A photo keeps the size that was chosen when its row was created.
    return { file, location: { ...media.location, thumbSize: stored.thumbSize } }
  })
}
