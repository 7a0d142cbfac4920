import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import {
  addRun,
  addSource,
  archiveOf,
  createWorld,
  runIn,
  startWorker,
  truthOf,
  type World,
} from './scraper.ts'

const CHANNEL = String(EXPORTED_CHANNEL.id)
const DONE = ['COMPLETED', 'FAILED']
/** A second account, with the same login code as the first. */
const OTHER_PHONE = '+9996622002'

describe('access hashes and file references', () => {
  let world: World
  let worker: ReturnType<typeof startWorker>
  let otherId: number
  beforeAll(async () => {
    world = await createWorld()
    otherId = await world.logIn(OTHER_PHONE)
    worker = startWorker(world)
  })
  afterAll(async () => {
    await worker.stop()
    await world.close()
  })

  const change = (sourceId: number, columns: Readonly<Record<string, unknown>>) =>
    world.database.db.$client`
      update sources set ${world.database.db.$client(columns)} where id = ${sourceId}`
  async function textOnly(): Promise<number> {
    const columns = { with_media: false, rescan_days: 10_000 }
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, columns })
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'COMPLETED', files_stored: 0 })
    return sourceId
  }
  async function expectWhole(sourceId: number): Promise<void> {
    const run = await runIn(world, await addRun(world, sourceId), DONE)
    const truth = await truthOf(world)
    expect(run).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
      files_stored: truth.filter(({ media }) => media).length,
      files_failed: 0,
    })
    expect(await archiveOf(world, sourceId)).toEqual(truth)
  }

  test('of one account are requested again by another', async () => {
    const sourceId = await textOnly()
    await change(sourceId, { session_id: otherId, with_media: true })
    await expectWhole(sourceId)
    const [row] = await world.database.db.$client`
      select channel_session_id, (select count(*)::int from files where source_id = sources.id
        and location_session_id is distinct from ${otherId}) as foreign,
        (select count(*)::int from message_versions where source_id = sources.id) as versions
      from sources where id = ${sourceId}`
    expect(row).toEqual({ channel_session_id: otherId, foreign: 0, versions: 0 })
  })

  test('that Telegram refuses are requested again once', async () => {
    const sourceId = await textOnly()
    await change(sourceId, { with_media: true, channel_access_hash: 1 })
    await world.database.db.$client`
      update files set location = location || '{"accessHash": "1"}' where source_id = ${sourceId}`
    await expectWhole(sourceId)
  })

  test('of a channel that the account can no longer read fail the run', async () => {
    const sourceId = await textOnly()
    await change(sourceId, { identifier: '@nobody_has_this', channel_access_hash: 1 })
    const run = await runIn(world, await addRun(world, sourceId), DONE)
    expect(run).toMatchObject({
      state: 'FAILED',
      error: 'Telegram knows no such channel, or the account cannot see it',
    })
  })
})
