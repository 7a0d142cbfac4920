import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTargets } from '../src/create-targets.ts'
import type { FileToResume, Target } from '../src/target.ts'
import { startS3, type S3Server } from '../src/testing.ts'
import { PATIENTLY } from './files.ts'

const MIB = 2 ** 20
const CHUNK_BYTES = MIB / 2
const BYTES = randomBytes(12 * MIB + 12_345)
const FILE: FileToResume = { path: '1_x/a.bin', owner: '1', key: '7xabc', size: BYTES.length }
const STORED = { size: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') }

let folder: string
let s3: S3Server
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telegather-resume-'))
  s3 = await startS3()
})
afterEach(async () => {
  await s3.close()
  await rm(folder, { recursive: true })
})

/** A new target object, without state of earlier ones, as in another process. */
function opened(name: 'LOCAL' | 'S3'): Target {
  const config = { localPath: folder, nasPath: null, s3: s3.options, minFreeBytes: 0 }
  const target = createTargets(config)[name]
  if (target === null) throw new Error('not configured')
  return target
}

/** The file's bytes; reading throws at the offset `end`. `begun` lists the offsets that were requested. */
function source(end = Infinity) {
  const begun: number[] = []
  async function* chunksFrom(offset: number) {
    begun.push(offset)
    for (let at = offset; at < BYTES.length; at += CHUNK_BYTES) {
      if (at >= end) throw new Error('a long wait')
      yield BYTES.subarray(at, at + CHUNK_BYTES)
    }
  }
  return { begun, chunksFrom }
}

async function contentOf(target: Target): Promise<Buffer> {
  const { stream } = await target.open(FILE.path)
  return Buffer.concat(await stream.toArray())
}

async function expectStored(name: 'LOCAL' | 'S3'): Promise<void> {
  await vi.waitFor(
    async () => expect((await contentOf(opened(name))).equals(BYTES)).toBe(true),
    PATIENTLY,
  )
  expect(await opened(name).unfinished('1')).toEqual([])
  expect(await s3.uploads()).toEqual([])
  expect(await incoming()).toEqual([])
}

const incoming = () => readdir(join(folder, '.incoming')).catch(() => [])

describe.each(['LOCAL', 'S3'] as const)('on %s', (name) => {
  test('each process continues a file where the process before it failed', async () => {
    const begun: number[] = []
    for (let end = 2 * CHUNK_BYTES; end < BYTES.length; end += 2 * CHUNK_BYTES) {
      const { chunksFrom, ...part } = source(end)
      await expect(opened(name).resume(FILE, chunksFrom)).rejects.toThrow('a long wait')
      begun.push(...part.begun)
      expect(await opened(name).unfinished('1')).toEqual([FILE.key])
    }
    const last = source()
    expect(await opened(name).resume(FILE, last.chunksFrom)).toEqual(STORED)
    begun.push(...last.begun)
    expect(begun).toEqual(begun.map((_, index) => index * 2 * CHUNK_BYTES))
    await expectStored(name)
  })

  test('a file with another key begins at 0, and clear removes only the keys it is given', async () => {
    await expect(opened(name).resume(FILE, source(8 * MIB).chunksFrom)).rejects.toThrow()
    const other = source()
    await opened(name).resume({ ...FILE, key: '8xabc' }, other.chunksFrom)
    expect(other.begun).toEqual([0])
    await opened(name).clear('1', (key) => key !== FILE.key)
    expect(await opened(name).unfinished('1')).toEqual([FILE.key])
    await opened(name).clear('1')
    expect(await opened(name).unfinished('1')).toEqual([])
    expect(await s3.uploads()).toEqual([])
    expect(await incoming()).toEqual([])
  })

  test('a file with fewer bytes than announced leaves nothing', async () => {
    const longer = { ...FILE, size: FILE.size + 1 }
    await expect(opened(name).resume(longer, source().chunksFrom)).rejects.toMatchObject({
      name: 'IncompleteFile',
    })
    expect(await opened(name).unfinished('1')).toEqual([])
    expect(await s3.uploads()).toEqual([])
  })

  test('a frozen writer that continues after another process stored the file does not damage it', async () => {
    const frozen = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const late = opened(name).resume(FILE, async function* (offset) {
      for await (const chunk of source().chunksFrom(offset)) {
        yield chunk
        if (offset === 7 * MIB) continue
        offset += chunk.byteLength
        if (offset !== 7 * MIB) continue
        reached.resolve()
        await frozen.promise
      }
    })
    const lateEnd = late.catch((error: unknown) => error)
    await reached.promise
    expect(await opened(name).resume(FILE, source().chunksFrom)).toEqual(STORED)
    frozen.resolve()
    await lateEnd
    await vi.waitFor(
      async () => expect((await contentOf(opened(name))).equals(BYTES)).toBe(true),
      PATIENTLY,
    )
    await opened(name).clear('1')
    expect(await s3.uploads()).toEqual([])
  })
})

test('bytes that do not match their checksum are written again, such as zeros after a power cut', async () => {
  await expect(opened('LOCAL').resume(FILE, source(6 * MIB).chunksFrom)).rejects.toThrow()
  const part = (await incoming()).find((found) => found.endsWith('.part')) ?? ''
  const handle = await open(join(folder, '.incoming', part), 'r+')
  await handle.write(Buffer.alloc(4096), 0, 4096, 3 * MIB + 5)
  await handle.close()
  const rest = source()
  expect(await opened('LOCAL').resume(FILE, rest.chunksFrom)).toEqual(STORED)
  expect(rest.begun).toEqual([3 * MIB])
  await expectStored('LOCAL')
})

test('an incomplete checksum line is ignored, and a part without checksums begins at 0', async () => {
  await expect(opened('LOCAL').resume(FILE, source(4 * MIB).chunksFrom)).rejects.toThrow()
  const sums = (await incoming()).find((found) => found.endsWith('.sums')) ?? ''
  await appendFile(join(folder, '.incoming', sums), '5242880 0123')
  const second = source(5 * MIB)
  await expect(opened('LOCAL').resume(FILE, second.chunksFrom)).rejects.toThrow()
  expect(second.begun).toEqual([4 * MIB])
  for (const found of await incoming())
    if (found.endsWith('.sums')) await writeFile(join(folder, '.incoming', found), '')
  const third = source()
  expect(await opened('LOCAL').resume(FILE, third.chunksFrom)).toEqual(STORED)
  expect(third.begun).toEqual([0])
  await expectStored('LOCAL')
})

test('an upload that S3 has removed begins at 0', async () => {
  await expect(opened('S3').resume(FILE, source(11 * MIB).chunksFrom)).rejects.toThrow()
  await s3.dropUploads()
  const rest = source()
  expect(await opened('S3').resume(FILE, rest.chunksFrom)).toEqual(STORED)
  expect(rest.begun).toEqual([0])
  await expectStored('S3')
})

test('an upload whose completion fails is completed by the next call', async () => {
  s3.fault = ({ method, url }) =>
    method === 'POST' && url.searchParams.has('uploadId') ? 403 : null
  await expect(opened('S3').resume(FILE, source().chunksFrom)).rejects.toThrow('refuses')
  s3.fault = () => null
  const rest = source()
  expect(await opened('S3').resume(FILE, rest.chunksFrom)).toEqual(STORED)
  expect(rest.begun).toEqual([])
  await expectStored('S3')
})
