import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'

/** Owners whose lists and searches are measured. */
export const OWNERS = {
  large: { kind: 'tenant', id: '01a1fbe7-0000-7000-8000-0000000000a1' },
  tiny: { kind: 'tenant', id: '01a1fbe7-0000-7000-8000-0000000000a2' },
  operator: { kind: 'operator' },
} as const
export type OwnerName = keyof typeof OWNERS

/** Number of the large tenant's sources: `LARGEST_SOURCE` has a third of all posts, the others have equal shares. */
const LARGE_SOURCES = 17
export const LARGEST_SOURCE = 1
/** The only source of the tiny tenant. */
export const TINY_SOURCE = 18
const TINY_POSTS = 50
const SOURCES = 10_000
const RUNS = 300_000

/** Inserts 10,000 sources, of which 18 get posts, and runs of all sources. No run becomes due. */
export async function addSourcesAndRuns(sql: postgres.Sql): Promise<void> {
  await sql`insert into tenants (id, name) values (${OWNERS.large.id}, 'large'), (${OWNERS.tiny.id}, 'tiny')`
  await sql`
    insert into sources (name, identifier, channel_title, access_level, target, activity, owner_kind, owner_id)
    select 'Source ' || id, '@source_' || id, 'The channel ' || id, 'public', 'LOCAL', 'paused',
      (case when id <= ${LARGE_SOURCES} or id = ${TINY_SOURCE} then 'tenant' else 'operator' end)::owner_kind,
      case when id <= ${LARGE_SOURCES} then ${OWNERS.large.id}::uuid when id = ${TINY_SOURCE} then ${OWNERS.tiny.id}::uuid end
    from generate_series(1, ${SOURCES}::int) id order by id`
  await sql`
    insert into runs (id, source_id, trigger, state, created_at, started_at, finished_at)
    select (lpad(to_hex(1700000000000 + n * 100), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))::uuid,
      1 + n::bigint * 7919 % ${SOURCES}::int,
      (case when n % 1000 = 0 then 'manual' else 'scheduled' end)::run_trigger,
      (case when n % 50 = 0 then 'FAILED' else 'COMPLETED' end)::run_state, now(), now(), now()
    from generate_series(1, ${RUNS}::int) n`
}

/** Adds posts of the last eight years until each source has its share of `posts`; waits until all are searchable. */
export async function addPosts(sql: postgres.Sql, posts: number): Promise<void> {
  // Roughly a Zipf distribution of 200,000 words: the frequency of a word is inversely proportional to its number.
  const word = sql`'w' || floor(exp(random() * 12.2))::int`
  await sql`
    insert into messages (source_id, message_id, kind, has_file, date, text, entities, reactions, raw, author_name)
    select source_id, n, kind::message_kind, kind in ('photo', 'video', 'document'), date,
      concat_ws(' ', 'Post', n, ${word}, ${word}, ${word}, ${word}, ${word}, ${word}, ${word}, ${word},
        case when n % 3 = 0 then 'common' end, case when n % 6 = 1 then 'sunday' when n % 6 = 2 then 'monday' end,
        case when n % 9973 = 5 then 'needle' end,
        case when date between '2020-03-01' and '2021-09-01' and n % 5 < 3 then 'pandemic' end),
      '[]', '[]', jsonb_build_object('_', 'message', 'id', n, 'hash', md5(n::text)), 'The channel'
    from (
      select source_id, n, timestamptz '2018-01-01' + (n::float8 / size) * interval '8 years' as date,
        case when n % 4001 = 7 then 'document' when n % 4 = 1 then 'photo' when n % 10 = 2 then 'video' else 'text' end as kind
      from (
        select id as source_id, case id when ${LARGEST_SOURCE} then ${Math.floor(posts / 3)}::int when ${TINY_SOURCE} then ${TINY_POSTS}::int
          else ${Math.floor((posts * 2) / 3 / (LARGE_SOURCES - 1))}::int end as size
        from generate_series(1, ${TINY_SOURCE}::int) id
      ) as sizes, generate_series(1, size) n
    ) as posts
    on conflict do nothing`
  await sql`
    update sources set total_messages = counted.posts, last_message_id = counted.newest
    from (select source_id, count(*) as posts, max(message_id) as newest from messages group by source_id) as counted
    where id = counted.source_id`
  while ((await sql`select 1 from search_queue limit 1`).length > 0) await delay(1000)
  await sql.unsafe('vacuum analyze')
}
