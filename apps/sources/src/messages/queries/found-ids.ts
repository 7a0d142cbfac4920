import type { Owner } from '@telegather/contracts'
import {
  arrayText,
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
  idsOf,
  inRange,
  scanNewest,
  type Found,
  type IndexedFilter,
  type PageOf,
  type Scope,
} from './newest-ids.ts'

/** Up to this many hits are all read and sorted for a page: about 20 ms. */
const MAX_SORTED = 5000
/** With more expected hits than this, the newest messages are scanned before the index is queried. */
const COMMON = 2000
/** The word of the scope is added to the query when it keeps less than this share of the hits. */
const RARE_SHARE = 0.2

const Plan = z.array(
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]) }),
)

/** The scope of a search: one source, or all sources of an owner. */
export interface SearchScope extends Scope {
  readonly sourceId: number | undefined
  readonly owner: Owner
}

/**
 * Ids of the newest messages that have all words of `q`, newest first. The result is that of the first step that fills
 * the page or finds all hits:
 *
 * 1. Rare words: all hits are read from the index and sorted.
 * 2. Common words: the newest 1000 messages are scanned. Usually they fill the page.
 * 3. Several common words: the index is queried once for messages that have all of them, since these may be few. Skipped
 *    for one word, because the estimate of Postgres is good for it.
 * 4. The index is queried month by month, from the newest month on, until the page is full.
 */
export async function selectFoundIds(
  db: Db,
  scope: SearchScope,
  { q, ...filter }: IndexedFilter & { readonly q: string },
  page: PageOf,
): Promise<number[]> {
  // A text without words, such as "%", finds nothing. Its empty condition joined with a scope is no tsquery.
  if (searchQuery(q) === '') return []
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
 * The query for the index, and the number of hits that Postgres expects. The word of a scope with a large share of the
 * hits is left out: it excludes little, and the index would have to read its long posting list.
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

/** Scans the newest messages of the source, or of all sources, for the words. */
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

/** The query for the words of `q`, with the words for the kind and the file and, unless `scope` is null, the scope. */
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

/** The number of messages that have the words, estimated by Postgres from its statistics (`ANALYZE`). */
async function estimateHits(db: Db, query: string): Promise<number> {
  const rows = await db.execute(
    sql`explain (format json) select from ${messageWords} where ${matches(query)}`,
  )
  const [row] = Plan.parse([...rows])
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

/** The newest of all hits. `isWhole` is false when there are more than `MAX_SORTED`; then newer hits may be missing. */
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
          where source_id = any(${arrayText(sourceIds)}::int[]) and ${inRange(filter, page)}
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
 * Reads words only through their index. Postgres underestimates the cost of testing the words of a message, and has no
 * statistics for the words of months, so it would choose slower plans.
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

/** The newest hits, queried month by month. A month without a hit costs 0.1 to 0.3 ms. */
async function selectByMonth(db: Db, scope: SearchScope, search: Search): Promise<number[]> {
  const months = await selectMonths(db, scope, search)
  if (months.length === 0) return []
  return byWords(db, async (tx) =>
    idsOf(await tx.execute<{ id: string }>(foundByMonth(scope, months, search))),
  )
}

/** The months in which the scope may have messages for the page, newest first. */
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
 * Queries the months one after the other until the page is full: for a lateral subquery with a limit, the only plan is a
 * nested loop over the list of months. Month and query are two conditions, so that the index skips in both posting lists.
 * As one condition, it would read every message of the month.
 */
function foundByMonth(
  { sourceIds }: Scope,
  months: readonly number[],
  { query, filter, page }: Search,
): SQL {
  const words = months.map((month) => `"'${monthWord(month)}'"`)
  return sql`
    select found.id
    from unnest(${arrayText(words)}::text[]) as month cross join lateral (
      with messages as materialized (
        select id, date from ${messageWords}
        where words @@ month::tsquery and ${matches(query)}
          and source_id = any(${arrayText(sourceIds)}::int[])
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
