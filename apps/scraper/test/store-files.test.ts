import { LeaseLost, SessionUnavailable } from '@telegather/sessions'
import { TargetUnavailable, type Target } from '@telegather/storage'
import { RpcFailed } from '@telegather/telegram'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Arrivals } from '../src/files/arrivals.ts'
import type { FileRoute } from '../src/files/file-route.ts'
import type { PlannedFile } from '../src/files/plan-files.ts'
import { selectFilesToStore } from '../src/files/queries.ts'
import { FileRecorder } from '../src/files/record-files.ts'
import { storeFiles } from '../src/files/store-files.ts'
import { createProgress } from '../src/runs/progress.ts'
import {
  addRun,
  addSource,
  claimedRun,
  createWorld,
  runIn,
  startWorker,
  type World,
} from './scraper.ts'

const FILES = 3

describe('the files of a run', () => {
  let world: World
  let channelId: string
  let sourceId: number
  beforeAll(async () => {
    world = await createWorld()
    const { control } = world.emulator
    const channel = await control.addChannel({ title: 'Files' })
    channelId = String(channel.id)
    const media = { kind: 'document', name: 'a.bin', size: 1000 } as const
    await control.post({ channel_id: channel.id, text: '', media, count: FILES })
    const worker = startWorker(world)
    const source = await addSource(world, { identifier: `-100${channel.id}` })
    ;({ sourceId } = source)
    await runIn(world, source.runId, ['COMPLETED'])
    await worker.stop()
  })
  afterAll(() => world.close())

  /** Starts a run without a worker, and makes all files pending. */
  async function startRun() {
    const { $client: sql } = world.database.db
    await sql`delete from runs where source_id = ${sourceId}`
    const runId = await addRun(world, sourceId)
    await sql`
      update runs set state = 'RUNNING', worker_id = gen_random_uuid(), session_id = ${world.sessionId},
        heartbeat_at = now(), dead_after_ms = 60000
      where id = ${runId}`
    await sql`update files set state = 'pending' where source_id = ${sourceId}`
    return claimedRun(world, runId)
  }

  async function openRoute(): Promise<FileRoute & { readonly target: Target }> {
    const [source] = await world.database.db.$client<{ hash: string; folder: string }[]>`
      select channel_access_hash::text as hash, folder from sources where id = ${sourceId}`
    const { LOCAL } = world.targets
    if (!source || !LOCAL) throw new Error('no source')
    return {
      telegram: await world.sessions.openSession(world.sessionId),
      channel: { id: channelId, accessHash: source.hash },
      target: LOCAL,
      folder: source.folder,
      filter: { withMedia: true, fileTypes: [], maxFileSize: null },
      progress: createProgress(null),
    }
  }

  const states = async () => {
    const rows = await world.database.db.$client<{ state: string }[]>`
      select state from files where source_id = ${sourceId} order by message_id`
    return rows.map(({ state }) => state)
  }

  test.each([
    ['a lost lease', new LeaseLost()],
    ['an unavailable session', new SessionUnavailable(1)],
    ['an internal error of Telegram', new RpcFailed(-503, 'Timeout')],
  ])('are stored after %s, while posts are still read', async (_, error) => {
    const run = await startRun()
    const route = await openRoute()
    const { telegram } = route
    let failures = 0
    const fence: typeof telegram.fence = async (tx) => {
      if (failures++ === 0) throw error
      await telegram.fence(tx)
    }
    const arrivals = new Arrivals()
    const { signal } = new AbortController()
    const options = { arrivals, signal, retryMs: 10 }
    const end = storeFiles(
      world.database.db,
      run,
      { ...route, telegram: { ...telegram, fence } },
      options,
    )
    const failure = end.catch((reason: unknown) => reason)
    await Promise.race([
      vi.waitFor(async () => expect(await states()).toEqual(Array(FILES).fill('stored'))),
      end,
    ])
    expect(failures).toBeGreaterThan(1)
    arrivals.end()
    expect(await failure).toBeUndefined()
    await telegram.close()
  })

  test('are recorded also when the target does not remove a replaced file of the same batch', async () => {
    const run = await startRun()
    const route = await openRoute()
    const { db } = world.database
    const files = await selectFilesToStore(db, { sourceId, limit: FILES })
    const replaced = files.at(-1)
    await db.$client`update files set state = 'gone' where id = ${replaced?.id ?? null}`
    const remove: Target['delete'] = () => Promise.reject(new TargetUnavailable('unmounted'))
    const target: Target = Object.create(route.target, { delete: { value: remove } })
    const recorder = new FileRecorder(db, run, { ...route, target })
    // The first file is recorded alone, the others together.
    await Promise.all(
      files.map(async ({ path, sha256, ...file }) =>
        recorder.record({ ...file, path, sha256 } as PlannedFile, {
          size: file.size,
          sha256: sha256 ?? '',
        }),
      ),
    )
    expect(await states()).toEqual(['stored', 'stored', 'gone'])
    await vi.waitFor(async () => {
      const lines = await db.$client`select message from run_logs where run_id = ${run.id}`
      expect([...lines]).toEqual([
        {
          message:
            'The file of message 3: an edit replaced it, and the downloaded bytes could not be removed from the target',
        },
      ])
    })
    await route.telegram.close()
  })
})
