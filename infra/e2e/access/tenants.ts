import type { KnownIds } from '@telegather/contracts/testing'
import type postgres from 'postgres'

/** Text in every readable column of the victim's rows. */
export const MARK = 'canary-of-the-victim'

const TENANTS = {
  victim: '01a1fbe7-0000-7000-8000-000000000001',
  other: '01a1fbe7-0000-7000-8000-000000000002',
} as const

/** Inserts two tenants, and for the first one an object of every kind. */
export async function insertTenants(
  sql: postgres.Sql,
): Promise<typeof TENANTS & { ids: KnownIds }> {
  await sql`
    insert into tenants (id, name)
    values (${TENANTS.victim}, ${MARK}), (${TENANTS.other}, 'other')`
  const [session] = await sql<[{ id: number }]>`
    insert into sessions
      (owner_kind, owner_id, session_name, phone_number, telegram_user_id, encrypted_auth, api_id, encrypted_api_hash, device)
    values ('tenant', ${TENANTS.victim}, ${MARK}, '+9996621001', 1, 'sealed', 1, 'sealed', '{}')
    returning id`
  const tempSessionId = '01a1fbe7-0000-7000-8000-000000000003'
  await sql`
    insert into temp_sessions (id, owner_kind, owner_id, session_name, phone_number, encrypted_login, expires_at)
    values (${tempSessionId}, 'tenant', ${TENANTS.victim}, ${MARK}, '+9996621001', 'sealed', now() + interval '1 hour')`
  const [source] = await sql<[{ id: number }]>`
    insert into sources (owner_kind, owner_id, name, identifier, channel_title, access_level, target, session_id)
    values ('tenant', ${TENANTS.victim}, ${MARK}, ${MARK}, ${MARK}, 'private', 'LOCAL', ${session.id})
    returning id`
  const runId = '01a1fbe7-0000-7000-8000-000000000004'
  await sql`
    insert into runs (id, source_id, trigger, state)
    values (${runId}, ${source.id}, 'manual', 'COMPLETED')`
  await sql`
    insert into file_verifications (id, source_id, by_hash, state)
    values (${'01a1fbe7-0000-7000-8000-000000000006'}, ${source.id}, false, 'COMPLETED')`
  const [message] = await sql<[{ id: number }]>`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
    values (${source.id}, 1, 'document', now(), ${MARK}, '[]', '[]', ${sql.json({ message: MARK })})
    returning id::int`
  const [file] = await sql<[{ id: number }]>`
    insert into files (source_id, message_id, kind, name, size, location)
    values (${source.id}, 1, 'document', ${MARK}, 1, '{}')
    returning id::int`
  const keyId = '0123456789abcdef'
  await sql`
    insert into api_keys (id, name, secret_sha256, scopes, owner_kind, owner_id)
    values (${keyId}, ${MARK}, ${'0'.repeat(64)}, '{*}', 'tenant', ${TENANTS.victim})`
  // The greatest id, so that the event would be on the first page.
  const auditId = 'ffffffff-0000-7000-8000-000000000005'
  await sql`
    insert into audit_events (id, owner_kind, owner_id, action, object_id, details)
    values (${auditId}, 'tenant', ${TENANTS.victim}, 'source.created', ${source.id}, ${sql.json({ name: MARK })})`
  return {
    ...TENANTS,
    ids: {
      tenant_id: TENANTS.victim,
      session_id: session.id,
      session_ref: session.id,
      temp_session_id: tempSessionId,
      source_id: source.id,
      run_id: runId,
      message_id: message.id,
      file_id: file.id,
      key_id: keyId,
    },
  }
}

/** Hashes all rows of other owners, including the operator, in all tables with owners. */
export async function hashRowsOfOthers(sql: postgres.Sql, tenantId: string): Promise<string> {
  const tables = await sql<{ table_name: string }[]>`
    select table_name from information_schema.columns
    where table_schema = 'public' and column_name = 'owner_id'
    order by table_name`
  const parts = tables.map(
    ({ table_name }) =>
      sql`select ${table_name} || string_agg(t::text, '' order by t::text) as rows
        from ${sql(table_name)} t where owner_id is distinct from ${tenantId}`,
  )
  const hashes = await Promise.all(
    parts.map((part) => sql`select md5(rows) as hash from (${part}) t`),
  )
  return JSON.stringify(hashes.flat())
}

/** All rows of all tables as text. */
export async function dumpDatabase(sql: postgres.Sql): Promise<string> {
  const tables = await sql<{ table_name: string }[]>`
    select table_name from information_schema.tables where table_schema = 'public'`
  const dumps = await Promise.all(
    tables.map(({ table_name }) => sql`select t::text as row from ${sql(table_name)} t`),
  )
  return JSON.stringify(dumps.flat())
}
