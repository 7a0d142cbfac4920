import type { Sql } from 'postgres'

/** Tables with data that was read through a session. Every write to them must be fenced by the epoch of its lease. */
const WATCHED = ['messages', 'files', 'session_channels']

export interface WatchedWrites {
  /** Number of written rows. */
  readonly rows: number
  /** Rows whose epoch was no longer current when they were committed. */
  readonly stale: number
  /** Rows that were written without a fence, so without an epoch. */
  readonly unfenced: number
}

/**
 * Adds triggers that record every write to the watched tables: its epoch, which the fence sets as `telegather.epoch`, and
 * the current epoch of the lease at the commit. For a database with one session. The triggers refuse nothing.
 */
export async function watchWrites(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create table watched_writes (
      id bigint generated always as identity primary key,
      relation text not null,
      row_count integer not null,
      written_in bigint,
      committed_in bigint
    );
    create function watch_write() returns trigger language plpgsql as $$
      begin
        insert into watched_writes (relation, row_count, written_in)
        select tg_table_name, count(*), nullif(current_setting('telegather.epoch', true), '')::bigint
        from written having count(*) > 0;
        return null;
      end $$;
    create function watch_commit() returns trigger language plpgsql as $$
      begin
        update watched_writes set committed_in = (select epoch from session_leases) where id = new.id;
        return null;
      end $$;
    create constraint trigger watch_commit after insert on watched_writes
      deferrable initially deferred for each row execute function watch_commit();`)
  for (const table of WATCHED)
    for (const act of ['insert', 'update'])
      await sql.unsafe(`
        create trigger watch_${act} after ${act} on ${table} referencing new table as written
        for each statement execute function watch_write()`)
}

export async function watchedWrites(sql: Sql): Promise<WatchedWrites> {
  const [counts] = await sql<WatchedWrites[]>`
    select coalesce(sum(row_count), 0)::int as rows,
      coalesce(sum(row_count) filter (where written_in <> committed_in), 0)::int as stale,
      coalesce(sum(row_count) filter (where written_in is null), 0)::int as unfenced
    from watched_writes`
  if (!counts) throw new Error('no counts')
  return counts
}
