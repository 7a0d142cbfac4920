import {
  files,
  hiddenId,
  messages,
  messageVersions,
  sources,
  stagedOf,
  type Tx,
} from '@telegather/db'
import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { NewFileRow, NewMessageRow } from './message-rows.ts'

/** The columns whose values come from Telegram. */
const COLUMNS = [
  'source_id',
  'message_id',
  'kind',
  'has_file',
  'date',
  'edit_date',
  'text',
  'content',
  'entities',
  'author_id',
  'author_name',
  'post_author',
  'via_bot',
  'views',
  'forwards',
  'reactions',
  'reply_to_id',
  'forward',
  'grouped_id',
  'raw',
]
const columns = sql.raw(COLUMNS.join(', '))

/** Inserts staged messages that are not stored yet. Returns their ids. */
export async function insertStagedMessages(tx: Tx): Promise<ReadonlySet<number>> {
  const added = await tx.execute<{ message_id: number }>(sql`
    insert into ${messages} (${columns})
    select ${columns} from ${stagedOf(messages)}
    on conflict do nothing
    returning message_id`)
  return new Set(added.map(({ message_id: id }) => id))
}

/**
 * The raw message without file references, which change with time, and without access hashes, which differ by account.
 */
const withoutReferences = (raw: unknown) => sql`${raw}
  #- '{media,document,file_reference}' #- '{media,document,access_hash}'
  #- '{media,photo,file_reference}' #- '{media,photo,access_hash}'
  #- '{media,webpage,document,file_reference}' #- '{media,webpage,document,access_hash}'
  #- '{media,webpage,photo,file_reference}' #- '{media,webpage,photo,access_hash}'
  #- '{action,photo,file_reference}' #- '{action,photo,access_hash}'`

/**
 * The stored message or file of one row of `seen`. The limit makes Postgres look it up by its full key. Without the limit,
 * wrong statistics can make it read the whole source.
 */
const storedMessage = (sourceId: number) => sql`
  select * from ${messages}
  where ${messages.sourceId} = ${hiddenId(sourceId)} and ${messages.messageId} = seen.message_id
  limit 1`
const currentFile = (sourceId: number) => sql`
  select * from ${files}
  where ${files.sourceId} = ${hiddenId(sourceId)} and ${files.messageId} = seen.message_id
    and ${files.replacedAt} is null
  limit 1`

/**
 * The ids of stored messages that differ from what Telegram sent, or were missing. Only reads: unchanged messages cost
 * neither a write nor a lock.
 */
export async function findChanged(
  tx: Tx,
  sourceId: number,
  rows: readonly NewMessageRow[],
): Promise<ReadonlySet<number>> {
  const seen = JSON.stringify(
    rows.map(({ messageId, raw, hasFile }) => ({ message_id: messageId, raw, has_file: hasFile })),
  )
  const changed = await tx.execute<{ message_id: number }>(sql`
    select seen.message_id
    from jsonb_to_recordset(${seen}::jsonb) as seen (message_id integer, raw jsonb, has_file boolean)
    cross join lateral (${storedMessage(sourceId)}) as stored
    where stored.missing_at is not null or stored.has_file <> seen.has_file
      or ${withoutReferences(sql`stored.raw`)} <> ${withoutReferences(sql`seen.raw`)}`)
  return new Set(changed.map(({ message_id: id }) => id))
}

/** The ids of the messages that have a file which no edit has replaced. */
export async function findWithFiles(
  tx: Tx,
  sourceId: number,
  messageIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await tx
    .select({ messageId: files.messageId })
    .from(files)
    .where(
      and(
        eq(files.sourceId, hiddenId(sourceId)),
        inArray(files.messageId, [...messageIds]),
        isNull(files.replacedAt),
      ),
    )
  return new Set(rows.map(({ messageId }) => messageId))
}

/** Updates messages to what Telegram sent, and clears their marks as missing and deleted. They must be stored. */
export async function updateMessages(tx: Tx, rows: readonly NewMessageRow[]): Promise<void> {
  await tx
    .insert(messages)
    .values([...rows])
    .onConflictDoUpdate({
      target: [messages.sourceId, messages.messageId],
      set: {
        kind: sql`excluded.kind`,
        hasFile: sql`excluded.has_file`,
        date: sql`excluded.date`,
        editDate: sql`excluded.edit_date`,
        text: sql`excluded.text`,
        content: sql`excluded.content`,
        entities: sql`excluded.entities`,
        authorId: sql`excluded.author_id`,
        authorName: sql`excluded.author_name`,
        postAuthor: sql`excluded.post_author`,
        viaBot: sql`excluded.via_bot`,
        views: sql`excluded.views`,
        forwards: sql`excluded.forwards`,
        reactions: sql`excluded.reactions`,
        replyToId: sql`excluded.reply_to_id`,
        forward: sql`excluded.forward`,
        groupedId: sql`excluded.grouped_id`,
        raw: sql`excluded.raw`,
        missingAt: null,
        deletedAt: null,
      },
      setWhere: sql`${messages.missingAt} is not null
        or ${messages.hasFile} <> excluded.has_file
        or ${withoutReferences(messages.raw)} <> ${withoutReferences(sql`excluded.raw`)}`,
    })
}

/** The parts of a message that an edit can change, named as columns. */
export interface SeenContent {
  readonly message_id: number
  readonly text: string
  readonly content: unknown
  readonly entities: unknown
  /** Id of the message's photo or document. */
  readonly media_id: string | null
}

const recordset = (contents: readonly SeenContent[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(contents)}::jsonb)
    as seen (message_id integer, text text, content jsonb, entities jsonb, media_id text)`

/**
 * The part of a content that only an edit changes. Without an edit change: the votes and the end of a poll, the preview
 * of a link, and the details of a service message.
 */
const authored = (content: SQL | typeof messages.content) =>
  sql`case when ${content} ->> 'type' not in ('service', 'webpage') then
    ${content} - '{answers,total_voters,is_closed}'::text[]
      || jsonb_build_object('answers', jsonb_path_query_array(${content}, '$.answers[*].text'))
  end`

/** Saves the stored content of messages that an edit changed as a version. Returns the number of these messages. */
export async function insertVersions(
  tx: Tx,
  sourceId: number,
  contents: readonly SeenContent[],
): Promise<number> {
  const storedMediaId = sql`coalesce(
    ${messages.raw} #>> '{media,document,id}', ${messages.raw} #>> '{media,photo,id}')`
  const rows = await tx.execute(sql`
    insert into ${messageVersions}
      (source_id, message_id, version, kind, text, content, entities, edit_date, file_version)
    select ${messages.sourceId}, ${messages.messageId},
      1 + (select count(*) from ${messageVersions}
        where ${messageVersions.sourceId} = ${messages.sourceId}
          and ${messageVersions.messageId} = ${messages.messageId}),
      ${messages.kind}, ${messages.text}, ${messages.content}, ${messages.entities}, ${messages.editDate},
      ${files.version}
    from ${recordset(contents)}
    cross join lateral (${storedMessage(sourceId)}) as messages
    left join lateral (${currentFile(sourceId)}) as files on true
    where ${messages.text} <> seen.text or ${messages.entities} <> seen.entities
      or ${storedMediaId} is distinct from seen.media_id
      or ${authored(messages.content)} <> ${authored(sql`seen.content`)}
    returning message_id`)
  return rows.length
}

/** Marks a message's file as replaced when the message now has another file, or none. */
export async function replaceFiles(
  tx: Tx,
  sourceId: number,
  contents: readonly SeenContent[],
): Promise<void> {
  await tx.execute(sql`
    update ${files} set
      replaced_at = now(),
      state = case when state = 'stored' then state else 'gone' end,
      error = case when state <> 'stored' then 'Another file took its place before it was stored' end,
      waits_for = null, waiting_since = null, resume_at = null
    from (
      select current.id from ${recordset(contents)}
      cross join lateral (${currentFile(sourceId)}) as current
      where current.location ->> 'id' is distinct from seen.media_id) as replaced
    where ${files.id} = replaced.id and ${files.replacedAt} is null`)
}

/** Inserts the files of new messages. A file that is stored already is left unchanged. */
export async function insertFiles(tx: Tx, rows: readonly NewFileRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(files)
    .values([...rows])
    .onConflictDoNothing()
}

/** Inserts files as the next version of their message. */
export async function insertNextFiles(tx: Tx, rows: readonly NewFileRow[]): Promise<void> {
  if (rows.length === 0) return
  const numbered = rows.map((row) => ({
    ...row,
    version: sql`(select coalesce(max(version), 0) + 1 from files
      where source_id = ${hiddenId(row.sourceId)} and message_id = ${row.messageId})`,
  }))
  await tx.insert(files).values(numbered).onConflictDoNothing()
}

/** Moves the source's cursor to `lastMessageId`, never back, and adds to its number of messages. */
export async function advanceSource(
  tx: Tx,
  sourceId: number,
  progress: { lastMessageId: number; newMessages: number },
): Promise<void> {
  await tx
    .update(sources)
    .set({
      lastMessageId: sql`greatest(${sources.lastMessageId}, ${progress.lastMessageId})`,
      totalMessages: sql`${sources.totalMessages} + ${progress.newMessages}`,
      lastScrapedAt: sql`now()`,
    })
    .where(eq(sources.id, sourceId))
}
