import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { z } from 'zod'
import type { RunningStack } from '../testing/running-stack.ts'

const EmulatorMessages = z.array(
  z.object({
    id: z.int(),
    text: z.string(),
    media: z.object({ size: z.int(), sha256: z.string() }).nullable(),
  }),
)

interface ArchivedMessage {
  readonly id: number
  readonly text: string
  readonly media: { readonly size: number; readonly sha256: string } | null
}

/** All messages of a channel in the emulator, files as size and hash. */
export async function emulatorMessages(
  stack: RunningStack,
  channelId: string,
): Promise<ArchivedMessage[]> {
  const response = await fetch(`${stack.control}/channels/${channelId}/messages`)
  return EmulatorMessages.parse(await response.json())
}

/** All messages of a source in Postgres. Sizes and hashes of files are computed from the stored bytes. */
export async function archivedMessages(
  stack: RunningStack,
  sourceId: number,
): Promise<ArchivedMessage[]> {
  const sql = postgres(stack.databaseUrl, { max: 1 })
  try {
    const rows = await sql<
      { id: number; text: string; path: string | null; file_id: string | null }[]
    >`
      select message_id as id, text, files.path, files.id as file_id
      from messages left join files using (source_id, message_id)
      where source_id = ${sourceId}
      order by message_id`
    return await Promise.all(
      rows.map(async ({ id, text, path, file_id }) => ({
        id,
        text,
        media: file_id === null ? null : await readFileAt(stack.localPath, path),
      })),
    )
  } finally {
    await sql.end()
  }
}

async function readFileAt(
  root: string,
  path: string | null,
): Promise<{ size: number; sha256: string }> {
  if (path === null) return { size: -1, sha256: 'not stored' }
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(join(root, path)) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}
