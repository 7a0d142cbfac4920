import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTargets, type TargetsConfig } from '../src/create-targets.ts'
import { startS3, type S3Server } from '../src/testing.ts'
import { PATIENTLY, filesBelow } from './files.ts'

const WRITER = fileURLToPath(new URL('processes/write-until-killed.ts', import.meta.url))

let folder: string
let s3: S3Server
let config: TargetsConfig
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telegather-killed-'))
  s3 = await startS3()
  config = { localPath: folder, nasPath: null, s3: s3.options, minFreeBytes: 0 }
})
afterEach(async () => {
  await s3.close()
  await rm(folder, { recursive: true })
})

/** Starts a writer process and kills it with SIGKILL in the middle of its file. */
async function killWriter(name: 'LOCAL' | 'S3', ...key: string[]): Promise<void> {
  const withoutMinimum = { ...config, minFreeBytes: -(2 ** 50) }
  const writer = spawn(process.execPath, [WRITER, name, JSON.stringify(withoutMinimum), ...key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(writer.stdout, 'data')
  if (name === 'S3')
    await vi.waitFor(async () => expect(await s3.uploads()).toHaveLength(1), PATIENTLY)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
}

test('a killed writer leaves a part on disk until its owner is cleared', async () => {
  await killWriter('LOCAL')
  expect(await filesBelow(folder)).toEqual([expect.stringMatching(/^\.incoming\/1-\w+\.part$/)])
  await createTargets(config).LOCAL?.clear('1')
  expect(await filesBelow(folder)).toEqual([])
})

test('a killed writer leaves an unfinished upload on S3 until its owner is cleared', async () => {
  await killWriter('S3')
  expect(await s3.uploads()).toEqual(['1_news/7_a.mp4'])
  expect(await s3.objects()).toEqual([expect.stringMatching(/^\.incoming\/1-\w+$/)])
  await createTargets(config).S3?.clear('1')
  expect(await s3.uploads()).toEqual([])
  expect(await s3.objects()).toEqual([])
})

test.each([
  ['LOCAL', 19],
  ['S3', 10],
] as const)(
  'another process continues the file of a killed writer on %s',
  async (name, atLeastMiB) => {
    await killWriter(name, '7x')
    const begun: number[] = []
    const file = { path: '1_news/7_a.mp4', owner: '1', key: '7x', size: 2 ** 40 }
    const resumed = createTargets({ ...config, minFreeBytes: -(2 ** 50) })[name]?.resume(
      file,
      (offset) => {
        begun.push(offset)
        throw new Error('far enough')
      },
    )
    await expect(resumed).rejects.toThrow('far enough')
    expect(begun[0]).toBeGreaterThanOrEqual(atLeastMiB * 2 ** 20)
  },
)
