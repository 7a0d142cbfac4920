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

/** What comes from Telegram. */
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

/** Leaves alone what is stored already. Answers the ids of the messages that were not. */
export async function insertStagedMessages(tx: Tx): Promise<ReadonlySet<number>> {
  const added = await tx.execute<{ message_id: number }>(sql`
    insert into ${messages} (${columns})
    select ${columns} from ${stagedOf(messages)}
    on conflict do nothing
    returning message_id`)
  return new Set(added.map(({ message_id: id }) => id))
}

/**
 * File references change with time, access hashes with the account that reads. Neither says anything of the message.
 */
const withoutReferences = (raw: unknown) => sql`${raw}
  #- '{media,document,file_reference}' #- '{media,document,access_hash}'
  #- '{media,photo,file_reference}' #- '{media,photo,access_hash}'
  #- '{media,webpage,document,file_reference}' #- '{media,webpage,document,access_hash}'
  #- '{media,webpage,photo,file_reference}' #- '{media,webpage,photo,access_hash}'
  #- '{action,photo,file_reference}' #- '{action,photo,access_hash}'`

/**
 * The stored message or file of one row of `seen`. With the limit Postgres looks it up by its full key, whatever its
 * statistics say; else it may read the whole source.
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
 * Which of the stored messages are other than Telegram says now, or were missing. A read: messages that are as they were
 * cost no write, not even a lock.
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

/** Returns the messages that have a file now. */
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

/** Writes what Telegram says now, and that the messages are there. They must be stored. */
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

/** What an edit can change, named as columns. */
export interface SeenContent {
  readonly message_id: number
  readonly text: string
  readonly content: unknown
  readonly entities: unknown
  /** Of its photo or document. */
  readonly media_id: string | null
}

const recordset = (contents: readonly SeenContent[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(contents)}::jsonb)
    as seen (message_id integer, text text, content jsonb, entities jsonb, media_id text)`

/**
 * The part of a content that only an edit changes. Votes and the end of a poll, and what Telegram finds out about a link
 * or a person, change without one.
 */
const authored = (content: SQL | typeof messages.content) =>
  sql`case when ${content} ->> 'type' not in ('service', 'webpage') then
    ${content} - '{answers,total_voters,is_closed}'::text[]
      || jsonb_build_object('answers', jsonb_path_query_array(${content}, '$.answers[*].text'))
  end`

/** Keeps the stored content of those that now have another one. Answers how many these are. */
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

/** The message's files of now are no more than earlier ones where it has another one, or none. */
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
      where current.location ->> 'id' is distinct from seen.media_id) as other
    where ${files.id} = other.id and ${files.replacedAt} is null`)
}

/** A message has no file that would be in the way, or this very one. */
export async function insertFiles(tx: Tx, rows: readonly NewFileRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(files)
    .values([...rows])
    .onConflictDoNothing()
}

/** Files of messages that may have had others before; one that a message still has is left alone. */
export async function insertNextFiles(tx: Tx, rows: readonly NewFileRow[]): Promise<void> {
  if (rows.length === 0) return
  const numbered = rows.map((row) => ({
    ...row,
    version: sql`(select coalesce(max(version), 0) + 1 from files
      where source_id = ${hiddenId(row.sourceId)} and message_id = ${row.messageId})`,
  }))
  await tx.insert(files).values(numbered).onConflictDoNothing()
}

/** Records that everything up to `lastMessageId` is stored. */
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
