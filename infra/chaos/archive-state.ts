import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type postgres from 'postgres'

/** Hashes and counts of a source's archive, independent of generated ids and of times of storage. */
export interface ArchiveState {
  readonly rows: string
  readonly files: string
  readonly messages: number
  readonly storedFiles: number
}

/** Hashes a source's rows, and the names and bytes of all files in its folder below `localPath`. */
export async function archiveState(
  sql: postgres.Sql,
  localPath: string,
  sourceId: number,
): Promise<ArchiveState> {
  const [row] = await sql<{ rows: string; messages: number; files: number }[]>`
    select count(*)::int as messages, count(sha256)::int as files,
      md5(string_agg(md5(state::text), '' order by message_id)) as rows
    from (
      select message_id, sha256, (message_id, messages.kind, date, edit_date, text, entities, author_id,
        author_name, post_author, reactions, reply_to_id, forward, grouped_id, files.kind, files.name,
        mime_type, size, files.state, target, regexp_replace(path, '^[^/]+/', ''), sha256) as state
      from messages left join files using (source_id, message_id)
      where source_id = ${sourceId}) stored`
  if (!row) throw new Error('no counts')
  const folders = await readdir(localPath)
  const folder = folders.find((name) => name.startsWith(`${sourceId}_`))
  const files = folder === undefined ? 'none' : await treeHash(join(localPath, folder))
  return { rows: row.rows, files, messages: row.messages, storedFiles: row.files }
}

async function treeHash(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name))
  const tree = createHash('sha256')
  for (const path of paths.toSorted()) {
    tree.update(relative(folder, path).split(sep).join('/')).update('\0')
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) tree.update(chunk)
    tree.update('\0')
  }
  return tree.digest('hex')
}
