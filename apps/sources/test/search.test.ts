import type { Owner } from '@telegather/contracts'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { createLog, WakeUp } from '@telegather/service'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { selectMessages } from '../src/messages/queries.ts'
import { byWords, hitsOf, scopedQuery } from '../src/messages/queries/found-ids.ts'
import { indexMessages } from '../src/search/index-messages.ts'
import { updateContents } from '../src/search/queries.ts'
import { makeSearchable } from '../src/workers/make-searchable.ts'

const OPERATOR: Owner = { kind: 'operator' }
const POSTS = 100_000

describe('among 100,000 posts', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
    const { $client } = database.db
    await $client`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      values ('operator', 'One', '@one', 'One', 'public', 'LOCAL'), ('operator', 'Two', '@two', 'Two', 'public', 'LOCAL')`
    // Every thousandth post of a language has the word that is looked for, in one of its forms.
    await $client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      select 1 + id % 2, id, 'text', timestamptz '2025-01-01' + id * interval '1 minute', text,
        case when position('https' in text) > 0
          then jsonb_build_array(jsonb_build_object('type', 'url', 'offset', position('https' in text) - 1, 'length', 60))
          else '[]' end, '[]', '{}'
      from generate_series(1, ${POSTS}::int) id,
        lateral (select case id % 3
          when 0 then '今日天气晴朗，' || case when id % 1500 = 0 then '图书馆' else '市场' end || '开放' || chr(19968 + id % 5000)
          when 1 then 'Сегодня ' || case when id % 1500 = 1 then 'в библиотеке' else 'на рынке' end || ' открыто ' || id
          else 'Read more: https://example.com/news/' || id end as text) as texts`
    while (await indexMessages(database.db));
    await $client`analyze`
  }, 300_000)
  afterAll(() => database.close())

  const search = (q: string) =>
    selectMessages(database.db, OPERATOR, { q }, { after: undefined, limit: 200 })

  /** How Postgres finds the messages that have all words. */
  async function planOf(q: string): Promise<string> {
    const query = scopedQuery({ sourceId: undefined, sourceIds: [1, 2], owner: OPERATOR }, {}, q)
    const explained = sql`explain ${hitsOf(query, 200)}`
    const rows = await byWords(database.db, (tx) => tx.execute<{ 'QUERY PLAN': string }>(explained))
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  test.each([
    ['a Chinese word of two characters', '图书', 66, /图书馆/],
    ['a Russian word in another case form', 'БИБЛИОТЕКАМИ', 67, /в библиотеке/],
    ['a link', 'https://example.com/news/50000', 1, /news\/50000$/],
  ])('%s is found by an index', async (_, q, count, text) => {
    const found = await search(q)
    expect(found).toHaveLength(count)
    for (const { message } of found) expect(message.text).toMatch(text)
    expect(await planOf(q)).toContain('Bitmap Index Scan on message_words_words')
  })

  test.each([
    ['a word', 'открытая', 1],
    ['the beginning of a link', 'https://example.com/news', 2],
  ])('%s that a third has is found in the newest first, page by page', async (_, q, rest) => {
    const expected = Array.from({ length: POSTS }, (__, index) => POSTS - index)
      .filter((id) => id % 3 === rest)
      .slice(0, 300)
    expect(await planOf(q)).toContain('Bitmap Index Scan on message_words_words')
    const first = await search(q)
    const after = first.at(-1)?.message
    const second = await selectMessages(database.db, OPERATOR, { q }, { after, limit: 100 })
    expect([...first, ...second].map(({ message }) => message.messageId)).toEqual(expected)
  })

  test('an edited post, or one with another file, is found by its new words, once they are made', async () => {
    const { $client } = database.db
    await $client`update messages set text = 'Совсем другое' where message_id = 50000`
    await $client`update messages set views = 5 where message_id = 49999`
    await $client`update messages set raw = ${'{"media": {"document": {"id": "1"}}}'}::jsonb where message_id = 49998`
    expect(await $client`select first_message_id, last_message_id from search_queue`).toEqual([
      { first_message_id: 50_000, last_message_id: 50_000 },
      { first_message_id: 49_998, last_message_id: 49_998 },
    ])
    while (await indexMessages(database.db));
    expect(await search('другая')).toMatchObject([{ message: { messageId: 50_000 } }])
    expect(await $client`select * from search_queue`).toEqual([])
  })
})

test('what two processes at once make searchable is all of it; a long history holds up no other source', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  try {
    const { $client } = database.db
    await $client`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      values ('operator', 'One', '@one', 'One', 'public', 'LOCAL'), ('operator', 'Two', '@two', 'Two', 'public', 'LOCAL')`
    const addPage = (sourceId: number, page: number) => $client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      select ${sourceId}, ${page * 50} + id, 'text', now(), 'Word' || id, '[]', '[]', '{}' from generate_series(1, 50) id`
    for (let page = 0; page < 12; page++) await addPage(1, page)
    await addPage(2, 0)
    expect(await indexMessages(database.db)).toBe(1)
    expect(await indexMessages(database.db, 1)).toBe(2)
    expect(await indexMessages(database.db, 2)).toBe(1)
    const emptied = async () => {
      while ((await $client`select 1 from search_queue limit 1`).length > 0)
        await indexMessages(database.db)
    }
    await Promise.all([emptied(), emptied()])
    const [count] = await $client`select count(*)::int as words from message_words`
    expect(count).toEqual({ words: 650 })
  } finally {
    await database.close()
  }
})

test('messages that were stored without contents get them from what Telegram sent, once', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  try {
    const { $client } = database.db
    await $client`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      values ('operator', 'One', '@one', 'One', 'public', 'LOCAL')`
    const title = {
      _: 'messageService',
      action: { _: 'messageActionChatEditTitle', title: 'World' },
    }
    const contact = {
      _: 'message',
      media: { _: 'messageMediaContact', first_name: 'Anna', last_name: '', phone_number: '1' },
    }
    await $client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      select 1, id, 'other', now(), '', '[]', '[]', raw
      from (values (1, ${JSON.stringify(title)}::jsonb), (2, ${JSON.stringify(contact)}::jsonb), (3, '{"_":"message"}'::jsonb)) as old (id, raw)`
    const contents = () => $client`
      select message_id, content ->> 'type' as type from messages order by message_id`
    while (await indexMessages(database.db));
    expect(await contents()).toEqual([1, 2, 3].map((id) => ({ message_id: id, type: null })))

    // As the migration does.
    await $client`
      insert into search_queue (source_id, first_message_id, last_message_id, with_content) values (1, 1, 3, true)`
    while (await indexMessages(database.db));
    expect(await contents()).toEqual([
      { message_id: 1, type: 'service' },
      { message_id: 2, type: 'contact' },
      { message_id: 3, type: null },
    ])
    expect(await $client`select * from search_queue`).toEqual([])
    const found = async (q: string) =>
      (await selectMessages(database.db, OPERATOR, { q }, { after: undefined, limit: 10 })).map(
        ({ message }) => message.messageId,
      )
    expect(await found('world')).toEqual([1])
    expect(await found('anna')).toEqual([2])
  } finally {
    await database.close()
  }
})

test('a content that was made of a message is not stored once that message has changed', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  try {
    const { $client } = database.db
    await $client`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      values ('operator', 'One', '@one', 'One', 'public', 'LOCAL')`
    await $client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      values (1, 1, 'other', now(), '', '[]', '[]', '{}')`
    const [read] = await $client<{ id: number; version: string }[]>`
      select id::int, xmin::text as version from messages`
    if (!read) throw new Error('no message')
    await $client`update messages set content = '{"type":"newer"}'`
    const content = { type: 'story', title: null, description: null } as const
    const update = (rowVersion: string) =>
      database.db.transaction((tx) => updateContents(tx, [{ id: read.id, rowVersion, content }]))
    await update(read.version)
    expect(await $client`select content ->> 'type' as type from messages`).toEqual([
      { type: 'newer' },
    ])
    const [now] = await $client<{ version: string }[]>`select xmin::text as version from messages`
    await update(now?.version ?? '')
    expect(await $client`select content ->> 'type' as type from messages`).toEqual([
      { type: 'story' },
    ])
  } finally {
    await database.close()
  }
})

test('a source whose posts cannot be made searchable holds up no other source', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  onTestFinished(() => database.close())
  const { $client } = database.db
  await $client`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
    values ('operator', 'One', '@one', 'One', 'public', 'LOCAL'), ('operator', 'Two', '@two', 'Two', 'public', 'LOCAL')`
  await $client`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
    select id, 1, 'text', now(), 'Word', '[]', '[]', '{}' from sources`
  await $client`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`
  await $client`
    create trigger refuse before insert on message_words
    for each row when (new.id = 1) execute function refuse()`
  const stop = new AbortController()
  const log = createLog({ name: 'test', level: 'silent' })
  const worker = makeSearchable({ db: database.db, log, wakeUp: new WakeUp() }, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await worker
  })
  await vi.waitFor(async () =>
    expect(await $client`select id::int from message_words`).toEqual([{ id: 2 }]),
  )
})
