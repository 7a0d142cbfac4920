import type { Sql } from 'postgres'

/** Tables whose rows tell what a session told: each write belongs to a term of its lease holder. */
const WATCHED = ['messages', 'files', 'session_channels']

export interface WatchedWrites {
  readonly rows: number
  /** Of them, written in a term that was over when they were committed. */
  readonly stale: number
  /** Of them, written without saying in which term: their writer asked no fence. */
  readonly unfenced: number
}

/**
 * Has Postgres itself note every write to what one session told: in which term it was made, as the fence declares it
 * (`telegather.epoch`), and which term was current at the commit. It refuses nothing.
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
