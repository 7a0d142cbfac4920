import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { z } from 'zod'
import { chatsOf } from './export-chats.ts'

/** A file beside an export. */
export interface ExportedFile {
  /** Lower-case hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** Files by their path in messages. */
export type ExportedFiles = ReadonlyMap<string, ExportedFile>

export const NO_FILES: ExportedFiles = new Map()

/** Only file paths are validated here; the rest of the message is validated when it is read. */
const naming = z.object({
  messages: z.array(z.object({ photo: z.unknown(), file: z.unknown() }).partial().catch({})),
})

/**
 * Stores the files beside an export that its messages name. Omits missing and empty files, and paths outside the
 * folder.
 *
 * @param folder of the `result.json`
 * @param text its content
 * @param store stores bytes and returns their hash
 * @throws DesktopExportError, or the error of the file system
 */
export async function storeExportedFiles(
  folder: string,
  text: string,
  store: (bytes: AsyncIterable<Buffer>) => Promise<ExportedFile>,
): Promise<ExportedFiles> {
  const stored = new Map<string, ExportedFile>()
  for (const path of namedPaths(text)) {
    const place = join(folder, path)
    if (!(await isFileWithin(folder, place))) continue
    const { sha256, size } = await store(createReadStream(place))
    stored.set(path, { sha256, size })
  }
  return stored
}

function namedPaths(text: string): Set<string> {
  const messages = chatsOf(text).flatMap((chat) => naming.safeParse(chat).data?.messages ?? [])
  const paths = messages.flatMap(({ photo, file }) => [photo, file])
  return new Set(paths.filter((path): path is string => typeof path === 'string'))
}

async function isFileWithin(folder: string, place: string): Promise<boolean> {
  const way = relative(folder, place)
  if (way === '' || way === '..' || way.startsWith(`..${sep}`)) return false
  try {
    const found = await lstat(place)
    return found.isFile() && found.size > 0
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false
    throw error
  }
}
