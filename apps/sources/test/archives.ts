import { Readable } from 'node:stream'
import type { MessageContent, MessageKind, Owner, Target, TextEntity } from '@telegather/contracts'
import { messages as messageTable, storedOwner } from '@telegather/db'
import { OPERATOR, type Service } from './service.ts'

export interface TestMessage {
  readonly id: number
  readonly text?: string
  readonly date?: string
  readonly kind?: MessageKind
  readonly content?: MessageContent | undefined
  readonly entities?: readonly TextEntity[]
  readonly authorId?: string
  readonly authorName?: string
  readonly views?: number
  readonly raw?: Readonly<Record<string, unknown>>
  readonly replyToId?: number
  readonly viaBot?: string
}

/** Inserts a source with a known channel, as after a run. Returns its id. */
export async function addArchive(
  { database }: Service,
  { owner = OPERATOR.owner, deleted = false }: { owner?: Owner; deleted?: boolean } = {},
): Promise<number> {
  const { ownerKind, ownerId } = storedOwner(owner)
  const [source] = await database.db.$client<[{ id: number }]>`
    insert into sources (name, identifier, channel_title, access_level, target, channel_id, owner_kind, owner_id, deleted_at)
    values ('An archive', '@archive', 'The channel', 'public', 'LOCAL', 1500000001, ${ownerKind}, ${ownerId}, ${deleted ? 'now' : null})
    returning id`
  return source.id
}

/** Inserts messages. Returns their row ids in the same order. */
export async function addMessages(
  { database }: Service,
  sourceId: number,
  messages: readonly TestMessage[],
): Promise<number[]> {
  const rows = messages.map(({ id, ...message }) => ({
    sourceId,
    messageId: id,
    kind: 'text' as MessageKind,
    text: `Post ${id}`,
    entities: [],
    reactions: [],
    authorId: '-1001500000001',
    authorName: 'The channel',
    raw: { _: 'message', id },
    ...message,
    date: new Date(message.date ?? Date.UTC(2025, 0, 1) + id * 60_000),
  }))
  const inserted = await database.db
    .insert(messageTable)
    .values(rows)
    .returning({ id: messageTable.id })
  return inserted.map(({ id }) => id)
}

/** Writes a file to its target and inserts its row. Returns its row id, SHA-256 and path. */
export async function addFile(
  { database, targets }: Service,
  message: { readonly sourceId: number; readonly messageId: number },
  file: {
    readonly content: Iterable<Uint8Array>
    readonly target?: Target
    readonly name?: string | null
    readonly mimeType?: string
    readonly version?: number
  },
): Promise<{ id: number; sha256: string; path: string }> {
  const { target = 'LOCAL', name = 'file.bin', mimeType = 'application/octet-stream' } = file
  const version = file.version ?? 1
  const path = `${message.sourceId}_archive/${message.messageId}${'_'.repeat(version)}file`
  const written = await targets[target]?.write({ path, owner: '1' }, Readable.from(file.content))
  if (!written) throw new Error(`no target ${target}`)
  const [row] = await database.db.$client<[{ id: number }]>`
    insert into files (source_id, message_id, version, kind, name, mime_type, size, location, state, target, path, sha256, stored_at)
    values (${message.sourceId}, ${message.messageId}, ${version}, 'document', ${name}, ${mimeType}, ${written.size}, '{}', 'stored',
      ${target}, ${path}, ${written.sha256}, '2025-02-01T00:00:00Z')
    returning id::int`
  await database.db.$client`
    update messages set has_file = true
    where source_id = ${message.sourceId} and message_id = ${message.messageId}`
  return { id: row.id, sha256: written.sha256, path }
}
