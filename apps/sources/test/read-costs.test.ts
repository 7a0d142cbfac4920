import type { MessageKind, Owner } from '@telegather/contracts'
import { createDb, storedOwner, type Connection } from '@telegather/db'
import { createTestDatabase, readCost, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { statsOf } from '../src/archives/stats-of.ts'
import { selectMessages, type MessageFilter } from '../src/messages/queries.ts'
import type { Position } from '../src/messages/queries/newest-ids.ts'
import { selectRuns, type RunFilter } from '../src/runs/queries.ts'
import { indexMessages } from '../src/search/index-messages.ts'

const LARGE = '00000000-0000-7000-8000-000000000001'
const TINY = '00000000-0000-7000-8000-000000000002'
/** Of the large tenant, in 18 sources, from 2020 to 2024. */
const POSTS = 24_000
const TINY_POSTS = 50
/** Of the operator; three of them have posts. */
const SOURCES = 300
const RUNS = 20_000
const PAGE = 20
/** Rows and index entries that a page may cost. Reading all posts costs 24,000; a search that reads their words, twice that. */
const MAX_ROWS = 5000
/** Before Postgres knows how frequent a word is, the index is asked once for all ids that have it: a third of 24,000. */
const MAX_ROWS_OF_UNKNOWN_WORD = 12_000

/** Of 8 kB. The newest 1000 posts take most of them; asking the index for each of 48 months takes 800 more. */
const MAX_PAGES_WITHOUT_HIT = 3800

const FILTERS: Readonly<Record<string, MessageFilter>> = {
  'no filter': {},
  'a common kind': { kind: 'photo' },
  'a rare kind': { kind: 'document' },
  'a kind without a hit': { kind: 'poll' },
  'posts with a file': { has_file: true },
  'posts without a file': { has_file: false },
  'a kind that always has a file, without one': { kind: 'photo', has_file: false },
  'a span of time': { since: new Date('2021-03-01'), until: new Date('2021-04-01') },
  'a common word': { q: 'news' },
  'a rare word': { q: 'needle' },
  'a word without a hit': { q: 'nowhere' },
  'a word that only old posts have, in many of them': { q: 'pandemic' },
  'that word in posts after it was common': { q: 'pandemic', since: new Date('2023-01-01') },
  'a common word in the oldest posts': { q: 'news', until: new Date('2020-02-01') },
  'two common words that some posts have': { q: 'news weather' },
  'two common words that no post has': { q: 'sunday monday' },
  'two words that all posts have, none both': { q: 'black white' },
  'a common word with a kind without a hit': { q: 'news', kind: 'poll' },
  'a common word with a rare kind': { q: 'news', kind: 'document' },
  'a common word with no file': { q: 'news', has_file: false },
}
const OWNERS: Readonly<Record<'large' | 'tiny' | 'operator', Owner>> = {
  large: { kind: 'tenant', id: LARGE },
  tiny: { kind: 'tenant', id: TINY },
  operator: { kind: 'operator' },
}

describe.each([['before Postgres has counted any row'], ['once Postgres has counted all rows']])(
  'what a page of a skewed archive costs, %s',
  (when) => {
    let database: TestDatabase
    let connection: Connection
    const maxRows = ({ q }: MessageFilter) =>
      q === undefined || when.startsWith('once') ? MAX_ROWS : MAX_ROWS_OF_UNKNOWN_WORD

    beforeAll(async () => {
      database = await createTestDatabase(inject('postgresUrl'))
      const { $client } = database.db
      await $client`alter table messages set (autovacuum_enabled = false)`
      await $client`alter table message_words set (autovacuum_enabled = false)`
      await $client`insert into tenants (id, name) values (${LARGE}, 'large'), (${TINY}, 'tiny')`
      await $client`
        insert into sources (name, identifier, channel_title, access_level, target, owner_kind, owner_id)
        select 'Source ' || id, '@source', 'Source', 'public', 'LOCAL',
          (case when id <= 19 then 'tenant' else 'operator' end)::owner_kind,
          case when id <= 18 then ${LARGE}::uuid when id = 19 then ${TINY}::uuid end
        from generate_series(1, ${19 + SOURCES}::int) id`
      await addPosts(database)
      await $client`update sources set total_messages = (select count(*) from messages where source_id = sources.id)`
      while (await indexMessages(database.db));
      await addRuns(database)
      if (when.startsWith('once')) await $client.unsafe('vacuum analyze')
      connection = createDb(database.url, { maxConnections: 1 })
    }, 600_000)
    afterAll(async () => {
      await connection.close()
      await database.close()
    })

    describe.each(Object.entries(OWNERS))('for the %s one', (_, owner) => {
      test.each(Object.entries(FILTERS))(
        '%s: the right posts at a small cost',
        async (__, filter) => {
          const { db } = connection
          const expected = await plainly(database, owner, filter)
          const seen: number[] = []
          for (let after: Position | undefined, page = 0; page < 3; page++) {
            const { result, rowsRead } = await readCost(db, () =>
              selectMessages(db, owner, filter, { after, limit: PAGE }),
            )
            expect(rowsRead).toBeLessThan(maxRows(filter))
            seen.push(...result.map(({ message }) => message.id))
            after = result.at(-1)?.message
            if (!after) break
          }
          expect(seen).toEqual(expected.slice(0, 3 * PAGE))
        },
      )
    })

    test.each(Object.entries(FILTERS))('%s, of one source', async (_, filter) => {
      const { db } = connection
      const expected = await plainly(database, OWNERS.large, { ...filter, source_id: 1 })
      const { result, rowsRead } = await readCost(db, () =>
        selectMessages(
          db,
          OWNERS.large,
          { ...filter, source_id: 1 },
          { after: undefined, limit: PAGE },
        ),
      )
      expect(result.map(({ message }) => message.id)).toEqual(expected.slice(0, PAGE))
      expect(rowsRead).toBeLessThan(maxRows(filter))
    })

    test.each<[string, Omit<RunFilter, 'limit'>]>([
      ['all runs', {}],
      ['runs that have failed', { state: 'FAILED' }],
      ['runs in a state without a hit', { state: 'CRASHED' }],
      ['runs made by hand', { trigger: 'manual' }],
      ['scheduled runs that have failed', { state: 'FAILED', trigger: 'scheduled' }],
    ])('%s: the right ones at a small cost, for each owner', async (_, filter) => {
      const { db } = connection
      for (const owner of Object.values(OWNERS)) {
        const expected = await db.$client<{ id: string }[]>`
          select runs.id from runs join sources on sources.id = source_id
          where owner_kind = ${owner.kind} and owner_id is not distinct from ${storedOwner(owner).ownerId}::uuid
            and ${filter.state ? db.$client`state = ${filter.state}` : true}
            and ${filter.trigger ? db.$client`trigger = ${filter.trigger}` : true}
          order by runs.id desc limit ${2 * PAGE}`
        const first = await readCost(db, () => selectRuns(db, owner, { ...filter, limit: PAGE }))
        const cursor = first.result.at(-1)?.id
        const second = await readCost(db, () =>
          selectRuns(db, owner, { ...filter, cursor, limit: PAGE }),
        )
        const ids = [...first.result, ...(cursor ? second.result : [])].map(({ id }) => id)
        expect(ids).toEqual(expected.map(({ id }) => id))
        expect(Math.max(first.rowsRead, second.rowsRead)).toBeLessThan(MAX_ROWS)
      }
    })

    test('the index is asked once for two common words that never occur together', async () => {
      const { db } = connection
      const { result, pagesRead } = await readCost(db, () =>
        selectMessages(db, OWNERS.large, { q: 'black white' }, { after: undefined, limit: PAGE }),
      )
      expect(result).toEqual([])
      expect(pagesRead).toBeLessThan(MAX_PAGES_WITHOUT_HIT)
    })

    test('no statement of a service starts parallel workers', async () => {
      const shown = await connection.db.$client`show max_parallel_workers_per_gather`
      expect(shown[0]).toEqual({ max_parallel_workers_per_gather: '0' })
    })

    test('the statistics of a source are counted in indexes', async () => {
      const { db } = connection
      await database.db.$client`
        update messages set missing_at = now(), deleted_at = now() where source_id = 2 and message_id < 6`
      const { result, rowsRead } = await readCost(db, () => statsOf(db, 2))
      expect(result).toMatchObject({ messages: POSTS / 40, deleted_messages: 5, holes: [] })
      expect(rowsRead).toBeLessThan(MAX_ROWS)
    })
  },
)

/** Source 1 has more than half of the large tenant's posts; the tiny tenant's are older than most of them. */
async function addPosts({ db: { $client } }: TestDatabase): Promise<void> {
  await $client`
    insert into messages (source_id, message_id, kind, has_file, date, text, entities, reactions, raw)
    select source_id, n, kind::message_kind, kind <> 'text', date,
      concat_ws(' ', 'Post', n,
        case when n % 3 = 0 then 'news' end, case when n % 2 = 0 then 'weather' end,
        case when n % 7 = 1 then 'sunday' when n % 7 = 2 then 'monday' end,
        case when n % 3 = 1 then 'black' when n % 3 = 2 then 'white' end,
        case when n % 997 = 5 then 'needle' end,
        case when date between '2020-04-01' and '2021-06-01' and n % 5 < 3 then 'pandemic' end),
      '[]', '[]', '{}'
    from (
      select source_id, n,
        case when n % 331 = 0 then 'document' when n % 3 = 1 then 'photo' else 'text' end as kind,
        timestamptz '2020-01-01' + (n::float / posts) * interval '4 years' + source_id * interval '1 second' as date
      from (
        select 1 as source_id, ${Math.round(POSTS * 0.575)}::int as posts
        union all select id, ${POSTS / 40}::int from generate_series(2, 18) id
        union all select 19, ${TINY_POSTS}::int
        union all select id, 500 from generate_series(20, 22) id
      ) as sizes, generate_series(1, posts) n
    ) as posts`
}

/** Nearly all are of the operator's and the large tenant's sources. */
async function addRuns({ db: { $client } }: TestDatabase): Promise<void> {
  await $client`
    insert into runs (id, source_id, trigger, state, finished_at)
    select (lpad(to_hex(1700000000000 + n * 1000), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))::uuid,
      case when n % 7000 = 3 then 19 when n % 2 = 0 then 1 + n % 18 else 20 + n % ${SOURCES}::int end,
      (case when n % 900 = 0 then 'manual' else 'scheduled' end)::run_trigger,
      (case when n % 40 = 0 then 'FAILED' else 'COMPLETED' end)::run_state, now()
    from generate_series(1, ${RUNS}::int) n`
}

/** All ids that a filter means, newest first, from every row. */
async function plainly(
  { db: { $client } }: TestDatabase,
  owner: Owner,
  { source_id: sourceId, since, until, kind, has_file: hasFile, q }: MessageFilter,
): Promise<number[]> {
  const where = (condition: unknown) => condition as ReturnType<typeof $client>
  const ofKind = (value: MessageKind) => $client`kind = ${value}`
  const rows = await $client<{ id: string }[]>`
    select messages.id from messages join sources on sources.id = source_id
    where owner_kind = ${owner.kind} and owner_id is not distinct from ${storedOwner(owner).ownerId}::uuid
      and ${sourceId === undefined ? true : where($client`source_id = ${sourceId}`)}
      and ${since ? where($client`date >= ${since.toISOString()}`) : true}
      and ${until ? where($client`date < ${until.toISOString()}`) : true}
      and ${kind ? where(ofKind(kind)) : true}
      and ${hasFile === undefined ? true : where($client`has_file = ${hasFile}`)}
      and ${q === undefined ? true : where($client`string_to_array(text, ' ') @> ${q.split(' ')}`)}
    order by date desc, messages.id desc`
  return rows.map(({ id }) => Number(id))
}
