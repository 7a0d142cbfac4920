import { randomUUID } from 'node:crypto'
import { rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '@telegather/service'
import { MARKER } from '@telegather/storage/marker'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runVerifications, type VerifyOptions } from '../src/workers/verify-files.ts'
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
const OPTIONS: VerifyOptions = {
  pollMs: 50,
  heartbeatMs: 1_000,
  deadAfterMs: 60_000,
  backgroundDays: 0,
}

interface StoredFile {
  readonly id: string
  readonly path: string
  readonly size: string
}

describe('a verification', () => {
  let world: World
  let sourceId: number
  let files: StoredFile[]
  let stop: () => Promise<void> = async () => {}
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    const added = await addSource(world, { identifier: CHANNEL, target: 'NAS' })
    sourceId = added.sourceId
    await archived(added.runId)
    files = await stored()
  })
  afterEach(() => stop())

  async function archived(runId: string): Promise<void> {
    const worker = startWorker(world)
    expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()
  }
  const stored = async () => [
    ...(await world.database.db.$client<StoredFile[]>`
      select id, path, size from files where source_id = ${sourceId} and state = 'stored' order by id`),
  ]
  const onTarget = (file: StoredFile | undefined) =>
    join(world.targetsConfig.nasPath, file?.path ?? '')
  function startVerifying(options: Partial<VerifyOptions> = {}): void {
    const abort = new AbortController()
    const log = createLog({ name: 'test', level: 'silent' })
    const deps = { db: world.database.db, targets: world.targets, log }
    const running = runVerifications(deps, { ...OPTIONS, ...options }, abort.signal)
    stop = async () => {
      abort.abort()
      await running
    }
  }
  async function add(byHash = false): Promise<string> {
    const id = randomUUID()
    await world.database.db.$client`
      insert into file_verifications (id, source_id, by_hash) values (${id}, ${sourceId}, ${byHash})`
    return id
  }
  const inState = (id: string, state: string) =>
    vi.waitFor(
      async () => {
        const [row] = await world.database.db.$client`
          select * from file_verifications where id = ${id}`
        expect(row).toMatchObject({ state })
        return row
      },
      { interval: 20 },
    )
  const findingsOf = async (id: string) =>
    Array.from(
      await world.database.db.$client`
        select file_id, problem, found_size from file_findings where verification_id = ${id} order by file_id`,
    )

  test('makes missing files pending for the next run, and does not change files that differ', async () => {
    const [gone, shorter] = files
    await rm(onTarget(gone))
    await truncate(onTarget(shorter), 10)
    const id = await add()
    startVerifying()
    expect(await inState(id, 'COMPLETED')).toMatchObject({
      files_checked: files.length,
      bytes_checked: String(files.reduce((sum, { size }) => sum + Number(size), 0)),
      files_missing: 1,
      files_different: 1,
    })
    expect(await findingsOf(id)).toEqual([
      { file_id: gone?.id, problem: 'missing', found_size: null },
      { file_id: shorter?.id, problem: 'different', found_size: '10' },
    ])
    await archived(await addRun(world, sourceId))
    const truth = await truthOf(world)
    const archive = await archiveOf(world, sourceId)
    const different = truth.filter((message, index) => {
      const found = archive[index]?.media?.sha256
      return found !== message.media?.sha256
    })
    expect(different).toHaveLength(1)
    const [row] = await world.database.db.$client`
      select total_files::int as total from sources where id = ${sourceId}`
    expect(row).toEqual({ total: files.length })
  })

  test('by hash finds changed content of the same size', async () => {
    const [, , changed] = files
    await writeFile(onTarget(changed), Buffer.alloc(Number(changed?.size), 'x'))
    const id = await add(true)
    startVerifying()
    expect(await inState(id, 'COMPLETED')).toMatchObject({ files_different: 1, files_missing: 0 })
    expect(await findingsOf(id)).toMatchObject([{ file_id: changed?.id, problem: 'different' }])
  })

  test('a content found different is not shared, by any of its files, until it is stored again', async () => {
    const [, , , damaged] = files
    // A hard link: the files of all sources that share the content are damaged.
    await writeFile(onTarget(damaged), Buffer.alloc(Number(damaged?.size), 'x'))
    const id = await add(true)
    startVerifying()
    await inState(id, 'COMPLETED')
    const inodes: number[] = []
    for (let count = 0; count < 2; count++) {
      const later = await addSource(world, { identifier: CHANNEL, target: 'NAS' })
      await archived(later.runId)
      expect(await archiveOf(world, later.sourceId)).toEqual(await truthOf(world))
      const [copy] = await world.database.db.$client<StoredFile[]>`
        select copy.path from files copy join files damaged using (message_id, version)
        where copy.source_id = ${later.sourceId} and damaged.id = ${damaged?.id ?? ''}`
      inodes.push((await stat(onTarget(copy))).ino)
    }
    expect(inodes[1], 'the undamaged content is shared').toBe(inodes[0])
  })

  test('waits for an unavailable target, and records none of its files as missing', async () => {
    const marker = join(world.targetsConfig.nasPath, MARKER)
    await rename(marker, `${marker}.away`)
    const id = await add()
    startVerifying()
    expect(await inState(id, 'WAITING')).toMatchObject({
      files_checked: 0,
      error: expect.stringContaining('not mounted'),
    })
    await rename(`${marker}.away`, marker)
    await world.database.db
      .$client`update file_verifications set resume_at = now() where id = ${id}`
    expect(await inState(id, 'COMPLETED')).toMatchObject({
      files_checked: files.length,
      files_missing: 0,
    })
  })

  test('whose worker died resumes after the last committed batch', async () => {
    const id = await add()
    await world.database.db.$client`
      update file_verifications set state = 'RUNNING', worker_id = gen_random_uuid(),
        heartbeat_at = now() - interval '5 minutes', files_checked = 3,
        after_message_id = (select message_id from files where id = ${files[2]?.id ?? ''})
      where id = ${id}`
    await world.database.db
      .$client`update file_verifications set after_version = 1 where id = ${id}`
    startVerifying()
    expect(await inState(id, 'COMPLETED')).toMatchObject({ files_checked: files.length })
  })

  test('in the background starts with the source that was verified longest ago', async () => {
    startVerifying({ backgroundDays: 7 })
    await vi.waitFor(
      async () => {
        const rows = await world.database.db.$client`
          select state from file_verifications where source_id = ${sourceId} and is_background`
        expect(rows).toMatchObject([{ state: 'COMPLETED' }])
      },
      { interval: 50 },
    )
  })
})
