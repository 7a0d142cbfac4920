import { MESSAGE_KINDS, type MessageKind } from '@telegather/contracts'
import { arrayText, inIndexOrder, messages, type Db, type Tx } from '@telegather/db'
import { and, gte, lt, sql, type SQL } from 'drizzle-orm'

/** The position of a message in a list, which goes from the newest message to the oldest. */
export interface Position {
  readonly date: Date
  readonly id: number
}

/** A page of a list: at most `limit` messages, all older than `after`. */
export interface PageOf {
  readonly after: Position | undefined
  readonly limit: number
}

export interface IndexedFilter {
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly kind?: MessageKind | undefined
  readonly has_file?: boolean | undefined
}

/** Ids of a page. `isWhole` is true when the page is full, or when no more messages match. */
export interface Found {
  readonly ids: number[]
  readonly isWhole: boolean
}

/** The sources whose messages are listed. */
export interface Scope {
  /** All sources that may have matching messages. */
  readonly sourceIds: readonly number[]
}

/** Up to this many lanes are merged: 5 to 10 µs a lane. See `mergedIds`. */
const MAX_MERGED = 500
/** With more lanes, this many of the newest messages of all sources are scanned first: about 2 ms. */
const MAX_SCANNED = 1000

/**
 * Ids of the newest messages of the scope that pass the filter, newest first. The cost depends on the number of the
 * scope's sources, not on the number of messages. Other owners cost at most a scan of `MAX_SCANNED` messages.
 */
export async function selectNewestIds(
  db: Db,
  { sourceIds }: Scope,
  filter: IndexedFilter,
  page: PageOf,
): Promise<number[]> {
  const ofSource = kindsOf(filter)
  const lanes = ofSource === null ? 1 : ofSource.kinds.length * ofSource.hasFiles.length
  return inIndexOrder(db, async (tx) => {
    if (sourceIds.length * lanes > MAX_MERGED) {
      const scanned = await scanNewest(tx, { scanned: sql`true`, sourceIds }, filter, page)
      if (scanned.isWhole) return scanned.ids
    }
    return idsOf(await tx.execute<{ id: string }>(mergedIds(sourceIds, filter, page)))
  })
}

/**
 * Scans the newest messages of one source, or of all. `isWhole` is true when the page is full, or when no older message is
 * left. The transaction must come from `inIndexOrder`.
 */
export async function scanNewest(
  tx: Tx,
  scope: {
    /** The condition of the scanned messages. It must be served by an index that is ordered by date. */
    readonly scanned: SQL
    readonly sourceIds: readonly number[]
    /** A further condition on `messages`, evaluated last. */
    readonly condition?: SQL
  },
  filter: IndexedFilter,
  page: PageOf,
): Promise<Found> {
  const { kind, has_file: hasFile } = filter
  const [row] = await tx.execute<{ ids: string[]; scanned: number }>(sql`
    with newest as materialized (
      select id, source_id, kind, has_file, date from ${messages}
      where ${scope.scanned} and ${inRange(filter, page)}
      order by date desc, id desc
      limit ${MAX_SCANNED}
    )
    select
      (select count(*)::int from newest) as scanned,
      array(
        select id from newest as messages
        where source_id = any(${arrayText(scope.sourceIds)}::int[])
          ${kind === undefined ? sql`` : sql`and kind = ${kind}`}
          ${hasFile === undefined ? sql`` : sql`and has_file = ${hasFile}`}
          ${scope.condition === undefined ? sql`` : sql`and ${scope.condition}`}
        order by date desc, id desc
        limit ${page.limit}
      ) as ids`)
  const { ids = [], scanned = 0 } = row ?? {}
  return { ids: ids.map(Number), isWhole: ids.length === page.limit || scanned < MAX_SCANNED }
}

/**
 * Merges lanes. A lane is a range of an index that is ordered by date: all messages of one source, or its messages of one
 * kind with or without files. First the newest message of each lane is read, then further messages of only the `limit`
 * lanes with the newest of these.
 */
function mergedIds(sourceIds: readonly number[], filter: IndexedFilter, page: PageOf): SQL {
  const { lanes, isInLane } = lanesOf(sourceIds, filter)
  const newestOfLane = (columns: SQL, limit: number, condition: SQL = sql`true`) => sql`
    select ${columns} from ${messages}
    where ${isInLane} and ${inRange(filter, page)} and ${condition}
    order by ${messages.date} desc, ${messages.id} desc
    limit ${limit}`
  const oldestHead = sql`coalesce((select date from oldest_head), '-infinity')`
  return sql`
    with heads as materialized (
      select lane.*, head.date from ${lanes} cross join lateral (${newestOfLane(sql`${messages.date}`, 1)}) as head
    ), oldest_head as materialized (
      select date from heads order by date desc offset ${page.limit - 1} limit 1
    )
    select found.id
    from heads as lane cross join lateral (
      ${newestOfLane(sql`${messages.id}, ${messages.date}`, page.limit, sql`${messages.date} >= ${oldestHead}`)}
    ) as found
    where lane.date >= ${oldestHead}
    order by found.date desc, found.id desc
    limit ${page.limit}`
}

/** Without a filter by kind or file, a lane is a source (`messages_source_id_date`); else `messages_source_id_kind`. */
function lanesOf(
  sourceIds: readonly number[],
  filter: IndexedFilter,
): { readonly lanes: SQL; readonly isInLane: SQL } {
  const sources = sql`unnest(${arrayText(sourceIds)}::int[])`
  const isOfSource = sql`${messages.sourceId} = lane.source_id`
  const ofSource = kindsOf(filter)
  if (ofSource === null) return { lanes: sql`${sources} as lane (source_id)`, isInLane: isOfSource }
  return {
    lanes: sql`(
      select source_id, kind, has_file from ${sources} as source_id
      cross join unnest(${arrayText(ofSource.kinds)}::message_kind[]) as kind
      cross join unnest(${arrayText(ofSource.hasFiles)}::boolean[]) as has_file
    ) as lane`,
    isInLane: sql`${isOfSource} and ${messages.kind} = lane.kind and ${messages.hasFile} = lane.has_file`,
  }
}

/** The lanes of each source that match the filter; null when each source is one lane. */
function kindsOf({ kind, has_file: hasFile }: IndexedFilter) {
  if (kind === undefined && hasFile === undefined) return null
  const kinds: readonly MessageKind[] = kind === undefined ? MESSAGE_KINDS : [kind]
  return { kinds, hasFiles: hasFile === undefined ? [false, true] : [hasFile] }
}

/** The condition for the dates of the filter and the page. */
export function inRange({ since, until }: IndexedFilter, { after }: PageOf): SQL {
  const isAfter =
    after &&
    sql`(${messages.date}, ${messages.id}) < (${after.date.toISOString()}::timestamptz, ${after.id}::bigint)`
  return (
    and(since && gte(messages.date, since), until && lt(messages.date, until), isAfter) ?? sql`true`
  )
}

export function idsOf(rows: Iterable<{ readonly id: string }>): number[] {
  return Array.from(rows, ({ id }) => Number(id))
}
