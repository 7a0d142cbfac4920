import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTargets, type Targets } from '../src/create-targets.ts'
import { BadPath, FileNotFound, IncompleteFile, RangeNotSatisfiable } from '../src/errors.ts'
import { MARKER } from '../src/marker.ts'
import type { Target } from '../src/target.ts'
import { startS3, type S3Server } from '../src/testing.ts'
import { BYTES, LARGE, PATIENTLY, contentOf, filesBelow, inPieces, read } from './files.ts'

const MIB = 1024 * 1024

let folder: string
let s3: S3Server
let targets: Targets
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telegather-targets-'))
  await mkdir(join(folder, 'nas'))
  await writeFile(join(folder, 'nas', MARKER), '')
  s3 = await startS3()
  targets = createTargets({
    localPath: join(folder, 'local'),
    nasPath: join(folder, 'nas'),
    s3: { ...s3.options, prefix: 'below/' },
    minFreeBytes: 0,
  })
})
afterAll(async () => {
  await s3.close()
  await rm(folder, { recursive: true })
})

describe.each(['LOCAL', 'NAS', 'S3'] as const)('target %s', (name) => {
  let target: Target
  beforeAll(() => {
    const configured = targets[name]
    if (configured === null) throw new Error('not configured')
    target = configured
  })

  const files = async () =>
    name === 'S3'
      ? (await s3.objects()).map((key) => key.replace(/^below\//, ''))
      : (await filesBelow(join(folder, name.toLowerCase()))).filter((path) => path !== MARKER)

  test('can be written to', async () => {
    expect(await target.check()).toBeNull()
    expect(await files()).toEqual([])
  })

  test.each([0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, LARGE.length])(
    'gives a file of %i bytes its path once it is complete, and returns its size and hash',
    async (size) => {
      const bytes = LARGE.subarray(0, size)
      const meanwhile = async () => expect(await files()).not.toContain('1_news/2024/7_a.pdf')
      expect(
        await target.write({ path: '1_news/2024/7_a.pdf', owner: '1' }, inPieces(bytes, meanwhile)),
      ).toEqual(contentOf(bytes))
      expect(await files()).toEqual(['1_news/2024/7_a.pdf'])
      // s3rver responds before it has written all bytes.
      await vi.waitFor(
        async () => expect(bytes.equals(await read(target, '1_news/2024/7_a.pdf'))).toBe(true),
        PATIENTLY,
      )
      await target.delete('1_news/2024/7_a.pdf')
      expect(await files()).toEqual([])
    },
  )

  test.each([
    ['small', BYTES],
    ['large', LARGE],
  ])('keeps nothing of a %s file whose stream fails or has the wrong size', async (_, bytes) => {
    const failing = inPieces(bytes, async () => {
      throw new Error('gone')
    })
    await expect(target.write({ path: 'a', owner: '1' }, failing)).rejects.toThrow('gone')
    const short = target.write({ path: 'a', owner: '1', size: bytes.length + 1 }, inPieces(bytes))
    await expect(short).rejects.toThrow(IncompleteFile)
    expect(await files()).toEqual([])
    expect(await s3.uploads()).toEqual([])
  })

  test('replaces an existing file', async () => {
    await target.write({ path: 'a', owner: '1' }, inPieces(Buffer.from('an older one')))
    await target.write({ path: 'a', owner: '1', size: BYTES.length }, inPieces(BYTES))
    await vi.waitFor(async () => expect(await read(target, 'a')).toEqual(BYTES), PATIENTLY)
    await target.delete('a')
  })

  test('reads any range of a file', async () => {
    const bytes = LARGE.subarray(0, 3000)
    await target.write({ path: 'a', owner: '1' }, inPieces(bytes))
    await vi.waitFor(async () => expect(await read(target, 'a')).toEqual(bytes), PATIENTLY)
    const range = fc.tuple(fc.nat(2999), fc.nat(4000)).map(([start, length]) => ({
      start,
      end: start + length,
    }))
    await fc.assert(
      fc.asyncProperty(range, async ({ start, end }) => {
        const opened = await target.open('a', { start, end })
        expect(opened.size).toBe(3000)
        opened.stream.destroy()
        expect(await read(target, 'a', { start, end })).toEqual(bytes.subarray(start, end + 1))
      }),
      { numRuns: 20 },
    )
    for (const beyond of [
      { start: 3000, end: 3000 },
      { start: 5, end: 4 },
    ])
      await expect(target.open('a', beyond)).rejects.toEqual(new RangeNotSatisfiable(3000))
    await target.delete('a')
  })

  test('returns the size of a file, and null for a missing file', async () => {
    await target.write({ path: 'a', owner: '1' }, inPieces(BYTES))
    await vi.waitFor(async () => expect(await target.size('a')).toBe(BYTES.length), PATIENTLY)
    expect(await target.size('none/a')).toBeNull()
    await target.delete('a')
    await vi.waitFor(async () => expect(await target.size('a')).toBeNull(), PATIENTLY)
  })

  test('throws FileNotFound for a missing file, and deletes it without an error', async () => {
    await expect(target.open('none/a')).rejects.toThrow(FileNotFound)
    await expect(target.open('none/a', { start: 0, end: 1 })).rejects.toThrow(FileNotFound)
    await target.delete('none/a')
  })

  test.each(['7_ünï cöde (1) & =?#%41+’.pdf', "7_it's!*~$@.pdf", `7_${'ж'.repeat(70)}`, '7_🙂'])(
    'stores and reads a file with the name %j',
    async (path) => {
      await target.write({ path: `1_x/${path}`, owner: '1' }, inPieces(BYTES))
      expect(await files()).toEqual([`1_x/${path}`])
      await vi.waitFor(
        async () => expect(await read(target, `1_x/${path}`)).toEqual(BYTES),
        PATIENTLY,
      )
      await target.delete(`1_x/${path}`)
    },
  )

  const outside = [
    '../outside',
    '/etc/outside',
    'a/../../outside',
    '.',
    '',
    'a//b',
    'a/./b',
    'a\0b',
  ]
  test.each([...outside, '.incoming/1-x.part', '.Incoming/x', MARKER])(
    'refuses the path %j',
    async (path) => {
      const refused = { name: 'BadPath' }
      await expect(target.write({ path, owner: '1' }, inPieces(BYTES))).rejects.toMatchObject(
        refused,
      )
      await expect(target.open(path)).rejects.toMatchObject(refused)
      await expect(target.delete(path)).rejects.toMatchObject(refused)
      expect(await files()).toEqual([])
    },
  )

  test.each([
    ['', ''],
    ['/', ''],
    ['/tech', 'tech'],
    [' tech/news/ ', 'tech/news'],
    ['tech//./news', 'tech/news'],
    ['<root>', ''],
    ['<root>/tech', 'tech'],
    ['<root>-more/tech', '<root>-more/tech'],
  ])('parses the target_path %j to the folder %j', (given, expected) => {
    const root = name === 'S3' ? 's3://archive/below' : join(folder, name.toLowerCase())
    if (name === 'S3' && given.includes('-more')) return
    expect(target.folder(given.replace('<root>', root))).toBe(
      expected.replace('<root>', root.slice(1)),
    )
  })

  const escaping = ['..', '../x', '/../x', 'a/../../x', '<root>/../x', 'a/../b']
  const reserved = ['.incoming', '/.incoming/x', MARKER]
  const unsupported = [
    'a\0b',
    'a\nb',
    'a\\b',
    'c:',
    'a /b',
    'a./b',
    'x'.repeat(144),
    'x/'.repeat(300),
  ]
  test.each([...escaping, ...reserved, ...unsupported])('refuses the target_path %j', (given) => {
    const root = name === 'S3' ? 's3://archive/below' : join(folder, name.toLowerCase())
    expect(() => target.folder(given.replace('<root>', root))).toThrow(BadPath)
  })
})
