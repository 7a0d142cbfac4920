import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createLog } from '@telegather/service'
import { createTargets } from '@telegather/storage'
import { MARKER } from '@telegather/storage/marker'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  markFilesStored,
  selectFilesToStore,
  type FileToStore,
  type WrittenFile,
} from '../src/files/queries.ts'
import { shareContents } from '../src/files/share-content.ts'
import { sweepTargets } from '../src/workers/sweep-targets.ts'
import { EXPORTED_CHANNEL } from './exported-channel.ts'
import { gateShares, idleSince } from './gated-target.ts'
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
const PATIENTLY = { timeout: 30_000, interval: 20 }
const ENDED = ['COMPLETED', 'FAILED', 'WAITING', 'RETRYING']

interface FileRecord {
  readonly id: number
  readonly path: string
  readonly sha256: string
}

/** Yields two parts of an upload and then fails. */
async function* breaksOff() {
  yield new Uint8Array(16 * 1024 * 1024)
  throw new Error('died')
}

describe('a run', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const filesOf = (sourceId: number) =>
    world.database.db.$client<FileRecord[]>`
      select id, path, sha256 from files where source_id = ${sourceId} order by id`

  test.each(['LOCAL', 'NAS', 'S3'] as const)('stores the whole channel on %s', async (target) => {
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, {
      identifier: CHANNEL,
      target,
      targetPath: '/tech/news',
    })
    expect(await runIn(world, runId, ENDED)).toMatchObject({ state: 'COMPLETED', error: null })
    await worker.stop()
    // s3rver responds shortly before it has written everything.
    await vi.waitFor(
      async () => expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world)),
      PATIENTLY,
    )
    const rows = await filesOf(sourceId)
    expect(rows.length).toBeGreaterThan(0)
    for (const { path } of rows) expect(path).toMatch(new RegExp(`^tech/news/${sourceId}_Source/`))
    expect(await world.s3.uploads()).toEqual([])
  })

  test('shares the content of two sources on the target, and deleting one keeps the other', async () => {
    const worker = startWorker(world)
    const sources = [
      await addSource(world, { identifier: CHANNEL }),
      await addSource(world, { identifier: CHANNEL }),
    ]
    for (const { runId } of sources)
      expect(await runIn(world, runId, ENDED)).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()

    const inodes = new Map<string, Set<number>>()
    const stored = await world.database.db.$client<FileRecord[]>`
      select id, path, sha256 from files where target = 'LOCAL'`
    for (const { path, sha256 } of stored) {
      const { ino } = await stat(join(world.targetsConfig.localPath, path))
      inodes.set(sha256, (inodes.get(sha256) ?? new Set()).add(ino))
    }
    expect(stored.length).toBeGreaterThanOrEqual(2 * inodes.size)
    for (const [sha256, found] of inodes) expect([sha256, found.size]).toEqual([sha256, 1])

    const [first, second] = sources
    if (!first || !second) throw new Error('no sources')
    for (const { path } of await filesOf(first.sourceId)) await world.targets.LOCAL?.delete(path)
    expect(await archiveOf(world, second.sourceId)).toEqual(await truthOf(world))
  })

  test('restarts the idle timeout of its transaction after each shared file', async () => {
    const { db } = world.database
    const target = world.targets.LOCAL
    if (target === null) throw new Error('not configured')
    const paths = ['slow_twins/1', 'slow_twins/2', 'slow_twins/3', 'slow_twins/4']
    const written: WrittenFile[] = []
    for (const [at, path] of paths.entries()) {
      const bytes = Readable.from([Buffer.from('a twin on a slow disk')])
      const content = await target.write({ path, owner: '1' }, bytes)
      written.push({ id: 1_000_000 + at, path, target: target.name, ...content })
    }
    const { target: slow, gates } = gateShares(target)
    await db.transaction(async (tx) => {
      const [backend] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
      const since = () => idleSince(db.$client, Number(backend?.pid))
      const shared = shareContents(tx, slow, { written, owner: '1' })
      await vi.waitFor(() => expect(gates).toHaveLength(paths.length - 1))
      for (const gate of gates) {
        const before = await since()
        gate.resolve()
        await vi.waitFor(async () => expect(await since()).not.toBe(before))
      }
      await shared
    })
    const inodes = await Promise.all(
      paths.map(async (path) => (await stat(join(world.targetsConfig.localPath, path))).ino),
    )
    expect(new Set(inodes).size).toBe(1)
  })

  test('shares the content of a file that another transaction is recording', async () => {
    const { db } = world.database
    const target = world.targets.LOCAL
    if (target === null) throw new Error('not configured')
    const { sourceId } = await addSource(world, { identifier: CHANNEL })
    await db.$client`delete from runs where source_id = ${sourceId}`
    await db.$client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      select ${sourceId}, id, 'photo', now(), '', '[]', '[]', '{}' from generate_series(1, 2) id`
    await db.$client`
      insert into files (source_id, message_id, kind, size, location)
      select ${sourceId}, id, 'photo', 4, '{}' from generate_series(1, 2) id`
    const [first, second] = await selectFilesToStore(db, { sourceId, limit: 2 })
    if (!first || !second) throw new Error('no files')

    const pathOf = ({ id }: FileToStore) => `${sourceId}_twins/${id}`
    const record = (file: FileToStore, beforeCommit: () => Promise<void>) =>
      db.transaction(async (tx) => {
        const path = pathOf(file)
        const content = await target.write(
          { path, owner: '1' },
          Readable.from([Buffer.from('twin')]),
        )
        const written = [{ id: file.id, path, target: target.name, ...content }]
        await shareContents(tx, target, { written, owner: '1' })
        await markFilesStored(tx, sourceId, written)
        await beforeCommit()
      })
    const others: Promise<void>[] = []
    await record(first, async () => {
      others.push(record(second, async () => {}))
      await vi.waitFor(async () => {
        const waiting = await db.$client`
          select from pg_locks join pg_database on database = pg_database.oid
          where datname = current_database() and locktype = 'advisory' and not granted`
        expect(waiting).toHaveLength(1)
      }, PATIENTLY)
    })
    await Promise.all(others)
    const inodeOf = async (file: FileToStore) =>
      (await stat(join(world.targetsConfig.localPath, pathOf(file)))).ino
    expect(await inodeOf(second)).toBe(await inodeOf(first))
  })

  test('to a NAS that is not mounted records the error, stores nothing, and resumes once it is mounted', async () => {
    const nasPath = join(world.targetsConfig.nasPath, '..', 'unmounted')
    await mkdir(nasPath)
    const targets = createTargets({ ...world.targetsConfig, nasPath })
    const worker = startWorker(world, { targets })
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL, target: 'NAS' })
    expect(await runIn(world, runId, ENDED)).toMatchObject({
      state: 'RETRYING',
      error: `Target NAS is not mounted: its folder has no file ${MARKER}`,
    })
    expect(await readdir(nasPath)).toEqual([])
    await writeFile(join(nasPath, MARKER), '')
    await world.database.db.$client`update runs set resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()
    expect((await filesOf(sourceId)).length).toBeGreaterThan(0)
  })

  test('to a full target waits with a reason', async () => {
    const targets = createTargets({ ...world.targetsConfig, minFreeBytes: Number.MAX_SAFE_INTEGER })
    const worker = startWorker(world, { targets })
    const { runId } = await addSource(world, { identifier: CHANNEL })
    const run = await runIn(world, runId, ENDED)
    expect(run.state).toBe('WAITING')
    expect(run.error).toMatch(/^Target LOCAL has \d+ MiB left, and \d+ MiB are to stay free$/)
    expect(run.resume_at).not.toBeNull()
    await worker.stop()

    const roomy = startWorker(world)
    await world.database.db.$client`update runs set resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({
      state: 'COMPLETED',
      attempt: 1,
    })
    await roomy.stop()
  })

  test.each([
    ['NAS', { nasPath: null }],
    ['S3', { s3: null }],
  ] as const)('to %s fails when the target is not configured', async (target, without) => {
    const worker = startWorker(world, {
      targets: createTargets({ ...world.targetsConfig, ...without }),
    })
    const { runId } = await addSource(world, { identifier: CHANNEL, target })
    expect(await runIn(world, runId, ENDED)).toMatchObject({
      state: 'FAILED',
      error: `Target ${target} is not configured`,
    })
    await worker.stop()
  })

  test('to an S3 endpoint that does not answer records the error and retries', async () => {
    const worker = startWorker(world)
    world.s3.fault = () => 'cut'
    const { runId } = await addSource(world, { identifier: CHANNEL, target: 'S3' })
    const run = await runIn(world, runId, ENDED)
    expect(run).toMatchObject({ state: 'RETRYING' })
    expect(run.error).toMatch(/^Target S3: its endpoint cannot be reached/)
    world.s3.fault = () => null
    await world.database.db.$client`update runs set resume_at = now() where id = ${runId}`
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({ state: 'COMPLETED' })
    await worker.stop()
  })

  test('never follows a symbolic link out of its target', async () => {
    const { localPath } = world.targetsConfig
    const outside = join(localPath, '..', 'outside')
    await mkdir(outside)
    await symlink(outside, join(localPath, 'link'))
    const worker = startWorker(world)
    const { runId } = await addSource(world, { identifier: CHANNEL, targetPath: 'link' })
    const run = await runIn(world, runId, ENDED)
    expect(run.state).toBe('FAILED')
    expect(run.error).toMatch(/^A symbolic link leads out of the target/)
    expect(await readdir(outside)).toEqual([])
    await worker.stop()
    await rm(join(localPath, 'link'))
  })

  test('with a target_path outside the target fails', async () => {
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, {
      identifier: CHANNEL,
      targetPath: '../outside',
    })
    expect(await runIn(world, runId, ENDED)).toMatchObject({
      state: 'FAILED',
      error: 'The path leaves its target: ../outside',
    })
    expect(await filesOf(sourceId)).toEqual([])
    await worker.stop()
  })

  test('leaves no files for good when its process dies and its source is deleted', async () => {
    const live = await addSource(world, { identifier: CHANNEL, target: 'S3' })
    await world.database.db.$client`delete from runs where id = ${live.runId}`
    const isAbort = ({ method, url }: { method: string; url: URL }) =>
      method === 'DELETE' && url.searchParams.has('uploadId')
    world.s3.fault = (request) => (isAbort(request) ? 400 : null)
    for (const owner of [String(live.sourceId), '1000000'])
      await expect(
        world.targets.S3?.write({ path: `${owner}/a`, owner }, breaksOff()),
      ).rejects.toThrow('died')
    world.s3.fault = () => null
    const incoming = join(world.targetsConfig.localPath, '.incoming')
    await mkdir(incoming, { recursive: true })
    const parts = [`${live.sourceId}-x.part`, '1000000-x.part']
    for (const part of parts) await writeFile(join(incoming, part), 'half')

    const stop = new AbortController()
    const { database, targets } = world
    const log = createLog({ name: 'test', level: 'silent' })
    const sweep = sweepTargets({ db: database.db, targets, log }, stop.signal)
    await vi.waitFor(async () => {
      expect(await readdir(incoming)).toEqual(parts.slice(0, 1))
      expect(await world.s3.uploads()).toEqual([`${live.sourceId}/a`])
    }, PATIENTLY)
    stop.abort()
    await sweep

    const worker = startWorker(world)
    await runIn(world, await addRun(world, live.sourceId), ['COMPLETED'])
    await worker.stop()
    expect(await world.s3.uploads()).toEqual([])
  })

  test('leaves stored files unchanged after its source moved to another target', async () => {
    const worker = startWorker(world)
    const { sourceId, runId } = await addSource(world, { identifier: CHANNEL })
    await runIn(world, runId, ['COMPLETED'])
    const [moved] = await filesOf(sourceId)
    if (!moved) throw new Error('no file')
    const { $client } = world.database.db
    await $client`update files set state = 'pending', target = null, path = null where id = ${moved.id}`
    await $client`update sources set target = 'NAS' where id = ${sourceId}`
    await runIn(world, await addRun(world, sourceId), ['COMPLETED'])
    await worker.stop()
    const targets = await $client`
      select target, count(*)::int from files where source_id = ${sourceId} group by 1 order by 2`
    expect(targets).toMatchObject([{ target: 'NAS', count: 1 }, { target: 'LOCAL' }])
    expect(await archiveOf(world, sourceId)).toEqual(await truthOf(world))
  })
})
