import { createDb, runs } from '@telegather/db'
import { createTestDatabase, readCost } from '@telegather/db/testing'
import { expect, inject, test } from 'vitest'
import { findLowestRecent, selectRecent } from '../src/archiving/queries/rescan.ts'

const OLD_POSTS = 20_000
const RECENT_POSTS = 30

test('the last batch of a rescan reads recent posts only, not the old ones below them', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  const { db, close } = createDb(database.url, { maxConnections: 1 })
  try {
    await db.$client`
      insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
      values ('operator', 'One', '@one', 'One', 'public', 'LOCAL')`
    await db.$client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw, stored_at, missing_at)
      select 1, n, 'text',
        case when n > ${OLD_POSTS} then now() else now() - interval '1 year' end, 'Post', '[]', '[]', '{}',
        now() - interval '1 minute', case when n = 7 then now() end
      from generate_series(1, ${OLD_POSTS + RECENT_POSTS}::int) n`
    await db.$client.unsafe('analyze')
    const [run] = await db
      .insert(runs)
      .values({ id: '01a1fbe7-0000-7000-8000-000000000004', sourceId: 1, trigger: 'manual' })
      .returning()
    if (!run) throw new Error('no run')
    const since = new Date(run.createdAt.getTime() - 86_400_000)
    const { result, rowsRead } = await readCost(db, async () => {
      const lowestRecent = await findLowestRecent(db, 1, since)
      return selectRecent(db, run, { since, lowestRecent, before: null, limit: 100 })
    })
    // Message 7 is missing at Telegram, and its deletion awaits consent.
    const recent = Array.from({ length: RECENT_POSTS }, (_, n) => OLD_POSTS + RECENT_POSTS - n)
    expect(result).toEqual([...recent, 7])
    expect(rowsRead).toBeLessThan(200)
  } finally {
    await close()
    await database.close()
  }
})
