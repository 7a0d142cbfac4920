import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@telegather/db/testing'
import { startEmulator } from '@telegather/telegram-emulator'
import type postgres from 'postgres'
import { expect, inject, test, vi } from 'vitest'
import { Client } from '../testing/client.ts'
import { startService, untilServing, type ServiceProcess } from './service-process.ts'
import { addSource } from './load.ts'
import { serviceEnvironment } from './service-environment.ts'
import { watchedWrites, watchWrites } from './write-watch.ts'

const WITHOUT_FENCE = fileURLToPath(new URL('without-fence.ts', import.meta.url))
const POLL_OPTIONS = { timeout: 30_000, interval: 100 }

test.for([
  { fence: 'with the fence', nodeArguments: [], isStale: false },
  { fence: 'without the fence', nodeArguments: ['--import', WITHOUT_FENCE], isStale: true },
])(
  'a lease holder is frozen between reading and writing, $fence: rows with an old epoch: $isStale',
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
    const services: ServiceProcess[] = []
    try {
      await watchWrites(sql)
      const env = serviceEnvironment({
        // The frozen scraper waits for a lock longer than the lock timeout of its pool.
        postgresUrl: `${database.url}?lock_timeout=0`,
        natsUrl: inject('natsUrl'),
        emulator,
        directory,
      })
      const gateway = await startService('auth-gateway', '127.0.0.21', env)
      services.push(gateway)
      await untilServing(services)
      const client = new Client(gateway.url)
      const session = await client.logIn({ phone: '+9996621001', code: '22222' }, 'stale')
      await client.channels(session.id)
      const sourceId = await addPreparedSource(sql, session.id)
      const scraper = await startService('scraper', '127.0.0.22', env, nodeArguments)
      services.push(scraper)

      await sql.begin(async (tx) => {
        await tx`set local idle_in_transaction_session_timeout = 0`
        await tx`select from sources where id = ${sourceId} for no key update`
        await sql`insert into runs (id, source_id, trigger) values (gen_random_uuid(), ${sourceId}, 'manual')`
        await vi.waitFor(async () => expect(await waitingForLocks(sql)).toBe(1), POLL_OPTIONS)
        scraper.send('SIGSTOP')
        await vi.waitFor(() => client.channels(session.id), POLL_OPTIONS)
      })
      // The gateway has taken over the lease, so the epoch of the frozen scraper is old.
      scraper.send('SIGCONT')
      await vi.waitFor(async () => {
        const [run] = await sql`select state, messages_stored from runs`
        expect(run?.['state'] !== 'RUNNING' || run?.['messages_stored'] > 0).toBe(true)
      }, POLL_OPTIONS)
      const { stale, unfenced } = await watchedWrites(sql)
      expect({ isStale: stale > 0, unfenced }).toEqual({ isStale, unfenced: 0 })
    } finally {
      await Promise.all(services.map((service) => service.stop()))
      await emulator.close()
      await database.close()
      await rm(directory, { recursive: true, force: true })
    }
  },
)

/** Adds a source with a known channel, an applied filter and no rescan, so that its run starts by storing a page. */
async function addPreparedSource(sql: postgres.Sql, sessionId: number): Promise<number> {
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
