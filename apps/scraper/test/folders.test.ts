import { resolveChannel } from '@telegather/telegram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseFolder } from '../src/archiving/choose-folder.ts'
import { findSource } from '../src/runs/queries/source-columns.ts'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  claimedRun,
  createWorld,
  runIn,
  startWorker,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
const DONE = ['COMPLETED', 'FAILED']

describe('the folder of a source', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const rowOf = async (sourceId: number) => {
    const [row] = await world.database.db.$client`
      select folder, target_path, channel_session_id from sources where id = ${sourceId}`
    return row
  }
  const foldersOf = async (sourceId: number): Promise<string[]> => {
    const rows = await world.database.db.$client<{ folder: string }[]>`
      select distinct split_part(path, '/', 1) as folder from files
      where source_id = ${sourceId} and state = 'stored' order by folder`
    return rows.map(({ folder }) => folder)
  }
  const change = (sourceId: number, columns: Readonly<Record<string, unknown>>) =>
    world.database.db.$client`
      update sources set ${world.database.db.$client(columns)} where id = ${sourceId}`
  const postFile = (text: string) =>
    world.emulator.control.post({
      channel_id: EXPORTED_CHANNEL.id,
      text,
      media: { kind: 'document', name: `${text}.bin`, size: 3000 },
    })
  /** The columns of a source whose channel the sources service has resolved through the session. */
  async function resolvedColumns(): Promise<Readonly<Record<string, unknown>>> {
    const telegram = await world.sessions.openSession(world.sessionId)
    try {
      const { id, accessHash } = await resolveChannel(telegram, CHANNEL)
      return {
        channel_id: id,
        channel_access_hash: accessHash,
        channel_session_id: world.sessionId,
      }
    } finally {
      await telegram.close()
    }
  }

  test('stays when a source that was created over the API is renamed', async () => {
    const worker = startWorker(world)
    const columns = { name: 'News', ...(await resolvedColumns()) }
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, columns })
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'COMPLETED' })
    expect(await foldersOf(sourceId)).toEqual([`${sourceId}_News`])

    await change(sourceId, { name: 'World' })
    await postFile('after-the-rename')
    expect(await runIn(world, await addRun(world, sourceId), DONE)).toMatchObject({
      state: 'COMPLETED',
      files_stored: 1,
    })
    expect(await foldersOf(sourceId)).toEqual([`${sourceId}_News`])
    expect(await rowOf(sourceId)).toMatchObject({ folder: `${sourceId}_News` })

    // The state left by a release that saved no folder.
    await change(sourceId, { folder: null })
    await postFile('after-the-update')
    await runIn(world, await addRun(world, sourceId), DONE)
    expect(await foldersOf(sourceId)).toEqual([`${sourceId}_News`])
    await worker.stop()
  })

  test('is not saved when the source was moved after the run read it', async () => {
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    const { db } = world.database
    await db.$client`
      update runs set state = 'RUNNING', worker_id = gen_random_uuid(), heartbeat_at = now()
      where id = ${runId}`
    const run = await claimedRun(world, runId)
    const source = await findSource(db, sourceId)
    const target = world.targets.LOCAL
    if (!source || !target) throw new Error('no source')
    await change(sourceId, { target_path: 'elsewhere' })
    const folder = await chooseFolder(db, run, { source, target, fence: async () => {} })
    expect(folder).toBe(`${sourceId}_Source`)
    expect(await rowOf(sourceId)).toMatchObject({ folder: null, target_path: 'elsewhere' })
    await change(sourceId, { deleted_at: new Date().toISOString() })
  })
})
