import { dirname } from 'node:path'
import { z } from 'zod'
import { DesktopExportError } from '../desktop/export-error.ts'
import { NO_FILES, storeExportedFiles } from '../desktop/exported-files.ts'
import { loadDesktopExport } from '../desktop/read-desktop-export.ts'
import type { Channel } from '../world/channel.ts'
import { ChannelConflictError } from '../world/channels.ts'
import type { ControlRequest } from './http-server.ts'
import { parseChannelId } from './parse.ts'
import { Problem } from './problem.ts'
import type { Controlled } from './routes.ts'

/** A body that only names the path of an export on this machine. */
const reference = z.strictObject({ path: z.string().min(1) })

/** `POST /channels/{id}/import`: the body is a Telegram Desktop `result.json`, or contains the path of one. */
export async function importExport(
  { imports, world }: Controlled,
  request: ControlRequest,
): Promise<Channel> {
  const id = parseChannelId(request.params['id'] ?? '')
  if (id === null) throw new Problem(400, 'invalid_input', 'A channel id has 1 to 18 digits.')
  const body = await request.text()
  const path = referencedPath(body)
  const text = path === null ? body : await textAt(path)
  try {
    const files =
      path === null
        ? NO_FILES
        : await storeExportedFiles(dirname(path), text, (bytes) => world.uploads.store(bytes))
    return imports.add(id, text, files)
  } catch (error) {
    if (error instanceof ChannelConflictError) throw new Problem(409, 'conflict', error.message)
    if (error instanceof DesktopExportError) {
      throw new Problem(400, 'invalid_export', `This cannot be imported: ${error.message}.`)
    }
    throw error
  }
}

async function textAt(path: string): Promise<string> {
  try {
    return await loadDesktopExport(path)
  } catch (error) {
    throw new Problem(400, 'unreadable_path', (error as Error).message)
  }
}

/** Null if the body is an export. Exports may violate JSON syntax, so the body is not parsed as JSON here. */
function referencedPath(body: string): string | null {
  if (body.length > MAX_REFERENCE_LENGTH) return null
  try {
    return reference.safeParse(JSON.parse(body)).data?.path ?? null
  } catch {
    return null
  }
}

const MAX_REFERENCE_LENGTH = 8192
