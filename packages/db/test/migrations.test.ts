import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres, { type Sql } from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { migrateDatabase } from '../src/migrate.ts'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

let admin: Sql
beforeAll(() => {
  admin = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} })
})
afterAll(() => admin.end())

let name: string
let url: string
let client: Sql
beforeEach(async () => {
  name = `test_${randomBytes(6).toString('hex')}`
  await admin.unsafe(`create database ${name}`)
  const database = new URL(inject('postgresUrl'))
  database.pathname = `/${name}`
  url = database.href
  client = postgres(url, { max: 1, onnotice: () => {} })
})
afterEach(async () => {
  await client.end()
  await admin.unsafe(`drop database ${name} with (force)`)
})

interface Journal {
  readonly entries: readonly { readonly tag: string }[]
}

/** Applies the migrations up to the one whose name starts with `number`. */
async function migrateTo(number: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  try {
    await cp(MIGRATIONS, folder, { recursive: true })
    const path = join(folder, 'meta/_journal.json')
    const journal = JSON.parse(await readFile(path, 'utf8')) as Journal
    const last = journal.entries.findIndex(({ tag }) => tag.startsWith(number))
    await writeFile(
      path,
      JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }),
    )
    await migrate(drizzle({ client }), { migrationsFolder: folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('0015 converts forwards to snake case and queues all messages for their content', async () => {
  await migrateTo('0014')
  const forward = {
    date: '2025-10-30T09:58:00.000Z',
    fromId: '-1001234567890',
    fromName: null,
    channelPostId: 12,
    postAuthor: 'Anna',
  }
  await client`
    insert into sources (id, name, identifier, channel_title, access_level, target)
    overriding system value values (1, 'Source', '@source', 'Channel', 'public', 'LOCAL')`
  await client`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, forward, raw)
    values (1, 7, 'poll', now(), '', '[]', '[]', ${JSON.stringify(forward)}, '{"_": "message"}'),
      (1, 8, 'text', now(), 'Words', '[]', '[]', null, '{"_": "message"}'),
      (1, 1_200, 'service', now(), '', '[]', '[]', null, '{"_": "messageService"}')`
  await client`
    insert into message_versions (source_id, message_id, version, kind, text, entities)
    values (1, 8, 1, 'photo', 'Wrods', '[]')`
  await client`delete from search_queue`

  await migrateDatabase(url)

  const rows =
    await client`select message_id, kind, forward, content, text from messages order by message_id`
  expect([...rows]).toEqual([
    {
      message_id: 7,
      kind: 'poll',
      content: null,
      text: '',
      forward: {
        date: '2025-10-30T09:58:00.000Z',
        from_id: '-1001234567890',
        from_name: null,
        channel_post_id: 12,
        post_author: 'Anna',
      },
    },
    { message_id: 8, kind: 'text', forward: null, content: null, text: 'Words' },
    { message_id: 1_200, kind: 'service', forward: null, content: null, text: '' },
  ])
  expect([...(await client`select kind, text, content from message_versions`)]).toEqual([
    { kind: 'photo', text: 'Wrods', content: null },
  ])
  const queued = await client`
    select first_message_id as first, last_message_id as last, with_content
    from search_queue order by first_message_id`
  expect([...queued]).toEqual([
    { first: 7, last: 8, with_content: true },
    { first: 1_200, last: 1_200, with_content: true },
  ])
})

test('0022 sets has_file of stored messages and queues all messages for their search words', async () => {
  await migrateTo('0021')
  await client`
    insert into sources (id, name, identifier, channel_title, access_level, target)
    overriding system value values (1, 'Source', '@source', 'Channel', 'public', 'LOCAL')`
  await client`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
    select 1, id, 'photo', now(), '', '[]', '[]', '{}' from generate_series(1, 3) id`
  await client`
    insert into files (source_id, message_id, kind, size, location, replaced_at)
    values (1, 2, 'photo', 1, '{}', null), (1, 3, 'photo', 1, '{}', now())`
  await client`insert into message_words (id, words) select id, 'old' from messages`
  await client`delete from search_queue`

  await migrateDatabase(url)

  const withFile = await client`select message_id from messages where has_file`
  expect([...withFile]).toEqual([{ message_id: 2 }])
  expect([...(await client`select from message_words`)]).toEqual([])
  const queued = await client`
    select first_message_id as first, last_message_id as last from search_queue`
  expect([...queued]).toEqual([{ first: 1, last: 3 }])
})

test('0023 keeps who owns what, refuses rows without an owner, and moves waiting runs into the lanes of owners', async () => {
  await migrateTo('0022')
  const tenant = '01a1fbe7-a574-7738-94f6-51a6327e5ec3'
  const pending = '01a1fbe7-a574-7738-94f6-51a6327e5ec4'
  const finished = '01a1fbe7-a574-7738-94f6-51a6327e5ec5'
  await client`insert into tenants (id, name) values (${tenant}, 'one')`
  await client`
    insert into sessions (session_name, phone_number, telegram_user_id, encrypted_auth, api_id, encrypted_api_hash, device, tenant_id)
    values ('same', '', 1, '', 1, '', '{}', null), ('same', '', 1, '', 1, '', '{}', ${tenant})`
  await client`
    insert into temp_sessions (id, session_name, encrypted_login, expires_at, tenant_id)
    values (gen_random_uuid(), 'one', '', now(), null), (gen_random_uuid(), 'two', '', now(), ${tenant})`
  await client`
    insert into sources (name, identifier, channel_title, access_level, target, tenant_id)
    values ('Ours', '@ours', 'Ours', 'public', 'LOCAL', null), ('Theirs', '@theirs', 'Theirs', 'public', 'LOCAL', ${tenant})`
  await client`
    insert into api_keys (id, name, secret_sha256, scopes, tenant_id)
    values ('ours', 'one', '', '{*}', null), ('theirs', 'two', '', '{*}', ${tenant})`
  await client`
    insert into audit_events (id, action, object_id, details, tenant_id)
    values (gen_random_uuid(), 'key.created', 'ours', '{}', null),
      (gen_random_uuid(), 'key.created', 'theirs', '{}', ${tenant})`
  await client`
    insert into runs (id, source_id, trigger, state)
    select ${pending}::uuid, id, 'manual'::run_trigger, 'PENDING'::run_state from sources where name = 'Ours'
    union all select ${finished}::uuid, id, 'manual', 'COMPLETED' from sources where name = 'Theirs'`

  await migrateDatabase(url)

  const tables = ['sessions', 'temp_sessions', 'sources', 'api_keys', 'audit_events']
  for (const table of tables)
    expect([
      ...(await client`select owner_kind, owner_id from ${client(table)} order by owner_kind`),
    ]).toEqual([
      { owner_kind: 'operator', owner_id: null },
      { owner_kind: 'tenant', owner_id: tenant },
    ])
  const lanes = await client`select id, lane from runs where state = 'PENDING'`
  expect([...lanes]).toEqual([{ id: pending, lane: 'public operator' }])

  const addSource = (ownerKind: string | null, ownerId: string | null) => client`
    insert into sources (name, identifier, channel_title, access_level, target, owner_kind, owner_id)
    values ('New', '@new', 'New', 'public', 'LOCAL', ${ownerKind}, ${ownerId}) returning id`
  await expect(addSource(null, null)).rejects.toThrow(/"owner_kind".*not-null/)
  await expect(addSource('operator', tenant)).rejects.toThrow('sources_owner_is_whole')
  await expect(addSource('tenant', null)).rejects.toThrow('sources_owner_is_whole')
  await expect(addSource('browser', null)).rejects.toThrow('sources_owner_is_whole')
  await expect(addSource('tenant', pending)).rejects.toThrow('sources_owner_tenant_id')
  await expect(client`delete from tenants where id = ${tenant}`).rejects.toThrow(
    'owner_tenant_id_tenants_id_fk',
  )
  const [source] = await addSource('tenant', tenant)
  await client`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${source?.['id']}, 'created')`
  await client`update sources set owner_kind = 'operator', owner_id = null where id = ${source?.['id']}`
  const [moved] = await client`select lane from runs where source_id = ${source?.['id']}`
  expect(moved).toEqual({ lane: 'public operator' })
})
