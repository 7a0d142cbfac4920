import { messages, messageWords, withoutPlans, type Db, type DbOrTx, type Tx } from '@telegather/db'
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
  inIndexOrder,
  inRange,
  scanNewest,
  type IndexedFilter,
  type PageOf,
  type Scope,
} from './newest-ids.ts'

/** Up to so many messages that have the words are read and sorted for one page: about 20 ms. Estimates can be wrong. */
const MAX_SORTED = 5000
/** Words that more messages have, as Postgres estimates it, are looked up month by month. */
const COMMON = 2000

/** A scope that has less than this share of the messages is looked up by its own word too. */
const RARE_SHARE = 0.2

const Plan = z.array(
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]) }),
)

/** What a search is about: a source, or all that a tenant may read. */
export interface SearchScope extends Scope {
  readonly sourceId: number | undefined
  readonly tenantId: string | null
}

/**
 * Ids of the newest messages that have all words of `q`, newest first. Of words that few messages have, all are looked up
 * in the index, and sorted. Words that many messages have are looked for in the newest messages, where they fill a page
 * at once, and then month by month, from the newest month on, until a page is full.
 */
export async function selectFoundIds(
  db: Db,
  scope: SearchScope,
  { q, ...filter }: IndexedFilter & { readonly q: string },
  page: PageOf,
): Promise<number[]> {
  const search = { filter, page }
  const query = scopedQuery(scope, filter, q)
  const few = (await estimateHits(db, query)) > COMMON ? null : await selectIdsByWords(db, query)
  if (few !== null) return selectSorted(db, scope, { ids: few, ...search })

  const { sourceId, sourceIds } = scope
  const scanned = sourceId === undefined ? sql`true` : eq(messages.sourceId, sourceId)
  const condition = sql`exists (
    select from ${messageWords} where ${messageWords.id} = messages.id and ${matches(searchQuery(q))})`
  const newest = await inIndexOrder(db, (tx) =>
    scanNewest(tx, { scanned, sourceIds, condition }, filter, page),
  )
  return newest.isWhole ? newest.ids : selectByMonth(db, scope, { q, ...search })
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

function wordOf({ sourceId, tenantId }: SearchScope): string {
  return sourceId === undefined ? ownerWord(tenantId) : sourceWord(sourceId)
}

/** How many messages have the words, by the frequencies of words that Postgres keeps (`ANALYZE`). */
async function estimateHits(db: Db, query: string): Promise<number> {
  const rows = await db.execute(
    sql`explain (format json) select from ${messageWords} where ${matches(query)}`,
  )
  const [row] = Plan.parse([...rows])
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

/** All messages that have the words; null when these are more than `MAX_SORTED`. */
async function selectIdsByWords(db: Db, query: string): Promise<number[] | null> {
  const rows = await byWords(db, (tx) =>
    tx.execute<{ id: string }>(idsByWords(query, MAX_SORTED + 1)),
  )
  return rows.length > MAX_SORTED ? null : idsOf(rows)
}

export function idsByWords(query: string, limit: number): SQL {
  return sql`select ${messageWords.id} from ${messageWords} where ${matches(query)} limit ${limit}`
}

/**
 * Plans that read words only through their index, whatever the statistics say: Postgres underrates what it costs to look
 * at the words of a message, and knows no frequency of a month.
 */
export function byWords<Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> {
  return withoutPlans(db, ['seqscan', 'hashjoin', 'mergejoin'], read)
}

interface Search {
  readonly filter: IndexedFilter
  readonly page: PageOf
}

async function selectSorted(
  db: DbOrTx,
  { sourceIds }: Scope,
  { ids, filter, page }: Search & { readonly ids: readonly number[] },
): Promise<number[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select id from ${messages}
    where id = any(${arrayOf(ids)}::bigint[])
      and source_id = any(${arrayOf(sourceIds)}::int[]) and ${inRange(filter, page)}
    order by date desc, id desc
    limit ${page.limit}`)
  return idsOf(rows)
}

/** The words' index is asked once a month of the range: 0.1 to 0.3 ms for a month that has no such message. */
async function selectByMonth(
  db: Db,
  scope: SearchScope,
  { q, filter, page }: Search & { readonly q: string },
): Promise<number[]> {
  const months = await selectMonths(db, scope, { filter, page })
  if (months.length === 0) return []
  const [scoped, words] = [scopedQuery(scope, filter, q), scopedQuery(null, filter, q)]
  // The index reads a word that most messages have for nothing.
  const isScopeRare =
    (await estimateHits(db, scoped)) < RARE_SHARE * (await estimateHits(db, words))
  const query = isScopeRare ? scoped : words
  return byWords(db, async (tx) =>
    idsOf(await tx.execute<{ id: string }>(foundByMonth(scope, months, { query, filter, page }))),
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
 * is the list of months, is the only plan of a lateral subquery that has a limit.
 */
function foundByMonth(
  { sourceIds }: Scope,
  months: readonly number[],
  { query, filter, page }: Search & { readonly query: string },
): SQL {
  const words = months.map((month) => `"'${monthWord(month)}'"`)
  return sql`
    select found.id
    from unnest(${arrayOf(words)}::text[]) as month cross join lateral (
      with messages as materialized (
        select id, date from ${messageWords}
        where words @@ (${query}::tsquery && month::tsquery)
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
