import { createDb, planForAnySource, type Connection, type Tx } from '@telegather/db'
import { createTestDatabase, readCost, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  endFloodWaits,
  markFileWaiting,
  findEarliestWait,
  findSameContents,
  markFilesPlaced,
  markFilesSkipped,
  markFilesStored,
  saveLocations,
  selectFilesToStore,
  selectUnstored,
  recordWaitingFiles,
  resetSkipped,
} from '../src/files/queries.ts'
import {
  findChanged,
  findWithFiles,
  insertNextFiles,
  insertVersions,
  replaceFiles,
  updateMessages,
} from '../src/messages/queries.ts'
import { countUnmarked, markDeleted, recordMissing } from '../src/archiving/queries/rescan.ts'
import { markPending, selectStored } from '../src/verify/queries.ts'

/** Posts of a source that was added after the last `ANALYZE`. Each has a file; half of the files are pending. */
const POSTS = 20_000
/** Posts of each of the 20 sources in Postgres' statistics. All of their files are stored. */
const KNOWN_POSTS = 500
const NEW = 21
/** Rows that one statement selects or changes. */
const BATCH = 50
/** Limit of rows and index entries read for each selected or changed row: the row, its indexes and foreign keys. */
const MAX_READ = 20

describe.each([['without statistics'], ['with statistics from before the source']])(
  'what storing costs, %s',
  (when) => {
    let database: TestDatabase
    let connection: Connection

    beforeAll(async () => {
      database = await createTestDatabase(inject('postgresUrl'))
      const { $client } = database.db
      for (const table of ['messages', 'files', 'runs', 'sources', 'message_versions'])
        await $client.unsafe(`alter table ${table} set (autovacuum_enabled = false)`)
      await $client`
        insert into sources (name, identifier, channel_title, access_level, target, owner_kind)
        select 'Source', '@source', 'Source', 'public', 'LOCAL', 'operator' from generate_series(1, ${NEW}::int)`
      await $client`insert into runs (id, source_id, trigger) values ('01a1fbe7-0000-7000-8000-000000000004', ${NEW}, 'manual')`
      await addPosts(database, { from: 1, to: NEW - 1, posts: KNOWN_POSTS, pending: 0 })
      if (when.startsWith('with ')) await $client.unsafe('vacuum analyze')
      await addPosts(database, { from: NEW, to: NEW, posts: POSTS, pending: 2 })
      connection = createDb(database.url, { maxConnections: 1 })
    }, 120_000)
    afterAll(async () => {
      await connection.close()
      await database.close()
    })

    const SEEN = Array.from({ length: BATCH }, (_, n) => ({
      message_id: n * 300 + 2,
      text: 'Edited',
      content: null,
      entities: [],
      media_id: String(n * 300 + 2),
    }))
    const ids = SEEN.map(({ message_id: id }) => id)
    const fileIds = ids.map((id) => KNOWN_POSTS * (NEW - 1) + id)
    const row = (messageId: number) => ({
      sourceId: NEW,
      messageId,
      kind: 'text' as const,
      hasFile: true,
      date: new Date(),
      text: 'Edited',
      entities: [],
      reactions: [],
      raw: { media: { document: { id: String(messageId) } } },
    })
    const run = { id: '01a1fbe7-0000-7000-8000-000000000004', sourceId: NEW }
    const written = fileIds.map((id) => ({
      id,
      target: 'LOCAL' as const,
      path: `new/${id}`,
      size: id,
      sha256: `sha ${id}`,
    }))
    const stored = fileIds.map((id, n) => ({
      id,
      messageId: ids[n] ?? 0,
      version: 1,
      target: 'LOCAL' as const,
      path: `new/${id}`,
      size: id,
      sha256: `sha ${id}`,
    }))

    test.each<[string, (tx: Tx) => Promise<unknown>]>([
      ['selectFilesToStore', (tx) => selectFilesToStore(tx, { sourceId: NEW, limit: BATCH })],
      ['markFilesPlaced', (tx) => markFilesPlaced(tx, 'LOCAL', written)],
      ['findSameContents', (tx) => findSameContents(tx, written)],
      ['markFilesStored', (tx) => markFilesStored(tx, NEW, written)],
      [
        'markFilesSkipped',
        (tx) =>
          markFilesSkipped(
            tx,
            fileIds.map((id) => ({ id, reason: 'no' })),
          ),
      ],
      ['endFloodWaits', (tx) => endFloodWaits(tx, fileIds)],
      ['recordWaitingFiles', (tx) => recordWaitingFiles(tx, run)],
      ['findEarliestWait', (tx) => findEarliestWait(tx, NEW)],
      [
        'saveLocations',
        (tx) =>
          saveLocations(
            tx,
            1,
            fileIds.map((id) => ({ id, location: {} as never })),
          ),
      ],
      [
        'selectUnstored',
        (tx) => selectUnstored(tx, { sourceId: NEW, target: 'LOCAL', ids: fileIds }),
      ],
      ['resetSkipped', (tx) => resetSkipped(tx, NEW, BATCH)],
      ['findChanged', (tx) => findChanged(tx, NEW, ids.map(row))],
      ['findWithFiles', (tx) => findWithFiles(tx, NEW, ids)],
      ['insertVersions', (tx) => insertVersions(tx, NEW, SEEN)],
      ['updateMessages', (tx) => updateMessages(tx, ids.map(row))],
      ['replaceFiles', (tx) => replaceFiles(tx, NEW, SEEN)],
      [
        'insertNextFiles',
        (tx) =>
          insertNextFiles(
            tx,
            ids.map((messageId) => ({
              sourceId: NEW,
              messageId,
              kind: 'document',
              size: 1,
              location: {},
            })),
          ),
      ],
      [
        'markFileWaiting',
        (tx) =>
          markFileWaiting(tx, fileIds[0] ?? 0, {
            waitsFor: 'target',
            reason: 'full',
            waitMs: 1000,
          }),
      ],
      ['markPending', (tx) => markPending(tx, NEW, stored)],
      ['recordMissing', (tx) => recordMissing(tx, NEW, ids)],
      ['countUnmarked', (tx) => countUnmarked(tx, NEW)],
      ['markDeleted', (tx) => markDeleted(tx, NEW)],
    ])('%s', async (_, statement) => {
      const { db } = connection
      const { rowsRead } = await readCost(db, () =>
        db.transaction(async (tx) => {
          await planForAnySource(tx)
          await statement(tx)
        }),
      )
      expect(rowsRead).toBeLessThan(MAX_READ * BATCH)
    })

    test('selectStored', async () => {
      const { db } = connection
      const { result, rowsRead } = await readCost(db, () =>
        selectStored(db, NEW, { messageId: 1000, version: 1, limit: BATCH }),
      )
      expect(result).toHaveLength(BATCH)
      expect(rowsRead).toBeLessThan(MAX_READ * BATCH)
    })
  },
)

async function addPosts(
  { db: { $client } }: TestDatabase,
  { from, to, posts, pending }: { from: number; to: number; posts: number; pending: number },
): Promise<void> {
  await $client`
    insert into messages (source_id, message_id, kind, has_file, date, text, entities, reactions, raw)
    select source_id, n, 'document', true, timestamptz '2024-01-01' + n * interval '1 minute', 'Post', '[]', '[]',
      jsonb_build_object('media', jsonb_build_object('document', jsonb_build_object('id', n::text)))
    from generate_series(${from}::int, ${to}::int) source_id, generate_series(1, ${posts}::int) n`
  await $client`
    insert into files (source_id, message_id, kind, size, location, state, target, path, sha256)
    select source_id, n, 'document', n, jsonb_build_object('id', n::text),
      case when ${pending}::int > 0 and n % 2 = 0 then 'pending' else 'stored' end::file_state, 'LOCAL',
      'source/' || source_id || '/' || n, case when ${pending}::int > 0 and n % 2 = 0 then null else 'sha ' || source_id || ' ' || n end
    from generate_series(${from}::int, ${to}::int) source_id, generate_series(1, ${posts}::int) n`
}
