import type { Owner } from '@telegather/contracts'
import {
  inIndexOrder,
  messages,
  messageWords,
  withoutPlans,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { eq, max, min, sql, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import {
  fileWord,
  kindWord,
  monthsBetween,
  monthWord,
  ownerWord,
  sourceWord,
} from '../../search/scope-words.ts'
import { searchQuery } from '../../search/words.ts'
import {
  arrayOf,
  idsOf,
  inRange,
  scanNewest,
  type Found,
  type IndexedFilter,
  type PageOf,
  type Scope,
} from './newest-ids.ts'

/** A search that finds at most this many messages reads and sorts all of them for a page: about 20 ms. */
const MAX_SORTED = 5000
/** A search for which Postgres expects more hits than this looks at the newest messages first. */
const COMMON = 2000
/** The word of a scope joins the query when it leaves less than this share of the hits. */
const RARE_SHARE = 0.2

const Plan = z.array(
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]) }),
)

/** What a search is about: a source, or all of an owner. */
export interface SearchScope extends Scope {
  readonly sourceId: number | undefined
  readonly owner: Owner
}

/**
 * Ids of the newest messages that have all words of `q`, newest first. The first of these steps that fills the page, or
 * finds all hits, answers:
 *
 * 1. Words that few messages have: all hits come from the index and are sorted.
 * 2. Words that many messages have: the newest 1000 messages are read. Usually they fill the page.
 * 3. The index is asked once for messages that have all words. Of two common words that never occur together it finds
 *    none. Skipped for one word, since Postgres knows how many messages have it.
 * 4. The index is asked month by month, from the newest month on, until the page is full.
 */
export async function selectFoundIds(
  db: Db,
  scope: SearchScope,
  { q, ...filter }: IndexedFilter & { readonly q: string },
  page: PageOf,
): Promise<number[]> {
  const { query, hits } = await chooseQuery(db, scope, filter, q)
  const search = { query, filter, page }
  if (hits <= COMMON) {
    const found = await selectByWords(db, scope, search)
    if (found.isWhole) return found.ids
  }
  const newest = await scanNewestFor(db, scope, { q, filter, page })
  if (newest.isWhole) return newest.ids
  if (hits > COMMON && hasSeveralWords(query)) {
    const found = await selectByWords(db, scope, search)
    if (found.isWhole) return found.ids
  }
  return selectByMonth(db, scope, search)
}

/**
 * The query that the index is asked, and how many hits Postgres expects. The word of a scope that most messages are in
 * is left out: it excludes little, and the index would have to read its long list.
 */
async function chooseQuery(
  db: Db,
  scope: SearchScope,
  filter: IndexedFilter,
  q: string,
): Promise<{ readonly query: string; readonly hits: number }> {
  const [scoped, words] = [scopedQuery(scope, filter, q), scopedQuery(null, filter, q)]
  const hits = await estimateHits(db, scoped)
  const isScoped = hits <= COMMON || hits < RARE_SHARE * (await estimateHits(db, words))
  return { query: isScoped ? scoped : words, hits }
}

const hasSeveralWords = (query: string) => query.includes(' & ')

/** Reads the newest messages of the source, or of all sources. */
function scanNewestFor(
  db: Db,
  { sourceId, sourceIds }: SearchScope,
  { q, filter, page }: Omit<Search, 'query'> & { readonly q: string },
): Promise<Found> {
  const scanned = sourceId === undefined ? sql`true` : eq(messages.sourceId, sourceId)
  const condition = sql`exists (
    select from ${messageWords} where ${messageWords.id} = messages.id and ${matches(searchQuery(q))})`
  return inIndexOrder(db, (tx) => scanNewest(tx, { scanned, sourceIds, condition }, filter, page))
}

/** The words of `q`, and those that tell a message's kind, file and, within a scope, its source or owner. */
export function scopedQuery(
  scope: SearchScope | null,
  { kind, has_file: hasFile }: IndexedFilter,
  q: string,
): string {
  const words = [
    ...(scope === null ? [] : [wordOf(scope)]),
    ...(kind === undefined ? [] : [kindWord(kind)]),
    ...(hasFile === undefined ? [] : [fileWord(hasFile)]),
  ]
  return [searchQuery(q), ...words.map((word) => `'${word}'`)].join(' & ')
}

function wordOf({ sourceId, owner }: SearchScope): string {
  return sourceId === undefined ? ownerWord(owner) : sourceWord(sourceId)
}

/** How many messages have the words, by the frequencies of words that Postgres keeps (`ANALYZE`). */
async function estimateHits(db: Db, query: string): Promise<number> {
  const rows = await db.execute(
    sql`explain (format json) select from ${messageWords} where ${matches(query)}`,
  )
  const [row] = Plan.parse([...rows])
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

/** The newest of all messages that have the words. `isWhole` is false when these are more than `MAX_SORTED`. */
async function selectByWords(
  db: Db,
  { sourceIds }: Scope,
  { query, filter, page }: Search,
): Promise<Found> {
  const [row] = await byWords(db, (tx) =>
    tx.execute<{ ids: string[]; hits: number }>(sql`
      with messages as materialized (${hitsOf(query, MAX_SORTED + 1)})
      select
        (select count(*)::int from messages) as hits,
        array(
          select id from messages
          where source_id = any(${arrayOf(sourceIds)}::int[]) and ${inRange(filter, page)}
          order by date desc, id desc
          limit ${page.limit}
        ) as ids`),
  )
  const { ids = [], hits = 0 } = row ?? {}
  return { ids: ids.map(Number), isWhole: hits <= MAX_SORTED }
}

export function hitsOf(query: string, limit: number): SQL {
  return sql`select id, source_id, date from ${messageWords} where ${matches(query)} limit ${limit}`
}

/**
 * Plans that read words only through their index, whatever the statistics say: Postgres underrates what it costs to look
 * at the words of a message, and knows no frequency of a month.
 */
export function byWords<Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> {
  return withoutPlans(db, ['seqscan', 'hashjoin', 'mergejoin'], read)
}

/** A page of a search. `query`: a `tsquery` of words, kind, file and scope. */
interface Search {
  readonly query: string
  readonly filter: IndexedFilter
  readonly page: PageOf
}

/** A month without a hit costs the index 0.1 to 0.3 ms. */
async function selectByMonth(db: Db, scope: SearchScope, search: Search): Promise<number[]> {
  const months = await selectMonths(db, scope, search)
  if (months.length === 0) return []
  return byWords(db, async (tx) =>
    idsOf(await tx.execute<{ id: string }>(foundByMonth(scope, months, search))),
  )
}

/** Those in which the scope may have messages for the page; newest first. */
async function selectMonths(
  db: DbOrTx,
  { sourceId }: SearchScope,
  { filter: { since, until }, page: { after } }: Search,
): Promise<number[]> {
  const [ends] = await db
    .select({ oldest: min(messages.date), newest: max(messages.date) })
    .from(messages)
    .where(sourceId === undefined ? undefined : eq(messages.sourceId, sourceId))
  if (!ends?.oldest || !ends.newest) return []
  const newest = Math.min(...[ends.newest, until, after?.date].map((date) => +(date ?? Infinity)))
  const oldest = Math.max(...[ends.oldest, since].map((date) => +(date ?? -Infinity)))
  return monthsBetween(new Date(newest), new Date(oldest))
}

/**
 * The months are looked up one after the other, and no more of them than the page takes: a nested loop, whose outer side
 * is the list of months, is the only plan of a lateral subquery that has a limit. Month and query are two conditions, so
 * that the index skips in both lists. In one condition it would step through every message of the month.
 */
function foundByMonth(
  { sourceIds }: Scope,
  months: readonly number[],
  { query, filter, page }: Search,
): SQL {
  const words = months.map((month) => `"'${monthWord(month)}'"`)
  return sql`
    select found.id
    from unnest(${arrayOf(words)}::text[]) as month cross join lateral (
      with messages as materialized (
        select id, date from ${messageWords}
        where words @@ month::tsquery and ${matches(query)}
          and source_id = any(${arrayOf(sourceIds)}::int[])
      )
      select messages.id, messages.date from messages
      where ${inRange(filter, page)}
      order by messages.date desc, messages.id desc
      limit ${page.limit}
    ) as found
    limit ${page.limit}`
}

function matches(query: string): SQL {
  return sql`${messageWords.words} @@ ${query}::tsquery`
}
