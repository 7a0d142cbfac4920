import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@telegather/db/testing'
import { startEmulator } from '@telegather/telegram-emulator'
import type postgres from 'postgres'
import { expect, inject, test, vi } from 'vitest'
import { Client } from '../e2e/client.ts'
import { startFighter, untilServing, type Fighter } from './fighting-services.ts'
import { addSource } from './load.ts'
import { serviceEnvironment } from './service-environment.ts'
import { watchedWrites, watchWrites } from './write-watch.ts'

const WITHOUT_FENCE = fileURLToPath(new URL('without-fence.ts', import.meta.url))
const PATIENT = { timeout: 30_000, interval: 100 }

test.for([
  { fence: 'as it is', nodeArguments: [], isStale: false },
  { fence: 'taken out', nodeArguments: ['--import', WITHOUT_FENCE], isStale: true },
])(
  'a holder frozen between reading and writing, with the fence $fence: rows with an old epoch: $isStale',
  { timeout: 240_000 },
  async ({ nodeArguments, isStale }) => {
    const directory = await mkdtemp(join(tmpdir(), 'telegather-stale-'))
    const database = await createTestDatabase(inject('postgresUrl'))
    const emulator = await startEmulator({
      port: 0,
      controlPort: 0,
      world: 'demo',
      dataDir: null,
      strictOwnership: true,
    })
    const sql = database.db.$client
    const fighters: Fighter[] = []
    try {
      await watchWrites(sql)
      const env = serviceEnvironment({
        // The frozen scraper waits for a lock for longer than its pool allows.
        postgresUrl: `${database.url}?lock_timeout=0`,
        natsUrl: inject('natsUrl'),
        emulator,
        directory,
      })
      const gateway = await startFighter('auth-gateway', '127.0.0.21', env)
      fighters.push(gateway)
      await untilServing(fighters)
      const client = new Client(gateway.url)
      const session = await client.logIn({ phone: '+9996621001', code: '22222' }, 'stale')
      await client.channels(session.id)
      const sourceId = await sourceThatIsKnown(sql, session.id)
      const scraper = await startFighter('scraper', '127.0.0.22', env, nodeArguments)
      fighters.push(scraper)

      await sql.begin(async (tx) => {
        await tx`set local idle_in_transaction_session_timeout = 0`
        await tx`select from sources where id = ${sourceId} for no key update`
        await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
        await vi.waitFor(async () => expect(await waitingForLocks(sql)).toBe(1), PATIENT)
        scraper.send('SIGSTOP')
        await vi.waitFor(() => client.channels(session.id), PATIENT)
      })
      // From here on what it has read is of a term that is over.
      scraper.send('SIGCONT')
      await vi.waitFor(async () => {
        const [run] = await sql`select state, messages_stored from runs`
        expect(run?.['state'] !== 'RUNNING' || run?.['messages_stored'] > 0).toBe(true)
      }, PATIENT)
      const { stale, unfenced } = await watchedWrites(sql)
      expect({ isStale: stale > 0, unfenced }).toEqual({ isStale, unfenced: 0 })
    } finally {
      await Promise.all(fighters.map((fighter) => fighter.stop()))
      await emulator.close()
      await database.close()
      await rm(directory, { recursive: true, force: true })
    }
  },
)

/** Its channel has been looked up, its filter applied, and nothing is looked at again: a run begins by storing a page. */
async function sourceThatIsKnown(sql: postgres.Sql, sessionId: number): Promise<number> {
  const username = 'chollos_del_dia_demo'
  const sourceId = await addSource(sql, { name: 'Stale', sessionId, username })
  const filter = { withMedia: true, fileTypes: [], maxFileSize: null, since: null }
  await sql`
    update sources set channel_session_id = ${sessionId}, folder = 'stale', rescan_days = 0,
      applied_filter = ${JSON.stringify(filter)}::text::jsonb, channel_id = 1277518030,
      channel_access_hash = (
        select access_hash from session_channels where chat_id = 1277518030)
    where id = ${sourceId}`
  return sourceId
}

async function waitingForLocks(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ waiting: number }[]>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row?.waiting ?? 0
}
