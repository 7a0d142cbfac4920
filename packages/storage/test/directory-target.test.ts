import { link, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DirectoryTarget } from '../src/directory/directory-target.ts'
import { BadPath, TargetFull, TargetUnavailable } from '../src/errors.ts'
import { MARKER } from '../src/marker.ts'
import { BYTES, contentOf, filesBelow, inPieces, read } from './files.ts'

let folder: string
let root: string
let target: DirectoryTarget
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telegather-directory-'))
  root = join(folder, 'target')
  target = directory({})
})
afterEach(() => rm(folder, { recursive: true }))

const directory = (options: { mounted?: boolean; minFreeBytes?: number }) =>
  new DirectoryTarget({ name: 'NAS', path: root, mounted: false, minFreeBytes: 0, ...options })

const write = (path: string, bytes = BYTES) =>
  target.write({ path, owner: '5', size: bytes.length }, inPieces(bytes))

const share = (existing: string, path: string, size = BYTES.length) =>
  target.share({ path: existing, size }, { path, owner: '5' })

const inode = async (path: string) => (await stat(join(root, path))).ino

describe('the same content under two paths', () => {
  test('is stored once after share, and deleting one path keeps the other', async () => {
    await write('1_a/7_x.pdf')
    await write('2_b/2024/9_x.pdf')
    expect(await share('1_a/7_x.pdf', '2_b/2024/9_x.pdf')).toBe(true)
    expect(await inode('2_b/2024/9_x.pdf')).toBe(await inode('1_a/7_x.pdf'))
    expect(await filesBelow(root)).toEqual(['1_a/7_x.pdf', '2_b/2024/9_x.pdf'])

    await target.delete('1_a/7_x.pdf')
    expect(await filesBelow(root)).toEqual(['2_b/2024/9_x.pdf'])
    expect(await read(target, '2_b/2024/9_x.pdf')).toEqual(BYTES)
  })

  test('stays shared when share is called again, without leftover files', async () => {
    await write('a')
    await link(join(root, 'a'), join(root, 'b'))
    expect(await share('a', 'b')).toBe(true)
    expect(await filesBelow(root)).toEqual(['a', 'b'])
  })

  test('stays unchanged under one path when the other path is written', async () => {
    await write('a')
    await write('b')
    await share('a', 'b')
    await write('b', Buffer.from('another'))
    expect(await read(target, 'a')).toEqual(BYTES)
  })

  test.each([
    ['is gone', async () => {}],
    ['was truncated', () => write('a', BYTES.subarray(1))],
    ['has become a folder', () => mkdir(join(root, 'a'))],
  ])('is not shared when the first file %s', async (_, first) => {
    await write('b')
    await first()
    expect(await share('a', 'b')).toBe(false)
    expect(await read(target, 'b')).toEqual(BYTES)
  })

  test('is not shared with a file outside the target', async () => {
    await write('b')
    await writeFile(join(folder, 'outside'), BYTES)
    await symlink(join(folder, 'outside'), join(root, 'a'))
    await expect(share('a', 'b')).rejects.toThrow(BadPath)
    await expect(share('../outside', 'b')).rejects.toThrow(BadPath)
  })
})

describe('symbolic links', () => {
  test.each(['to a folder', 'to a missing folder', 'through another link', 'of .incoming'])(
    'that lead out of the target are refused: %s',
    async (kind) => {
      const outside = join(folder, 'outside')
      await mkdir(root)
      if (kind !== 'to a missing folder') await mkdir(outside)
      if (kind === 'through another link') {
        await symlink(outside, join(folder, 'way'))
        await symlink('../way', join(root, 'a'))
      } else await symlink(outside, join(root, kind === 'of .incoming' ? '.incoming' : 'a'))
      await expect(write('a/b/c.pdf')).rejects.toThrow()
      if (kind !== 'to a missing folder') {
        await expect(write('a/c.pdf')).rejects.toThrow(BadPath)
        expect(await filesBelow(outside)).toEqual([])
      }
      await expect(stat(join(folder, 'outside', 'b'))).rejects.toThrow('ENOENT')
    },
  )

  test('that lead out of the target are not followed by open and delete', async () => {
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret'), 'secret')
    await mkdir(root)
    await symlink(join(folder, 'outside'), join(root, 'a'))
    await symlink(join(folder, 'outside', 'secret'), join(root, 'b'))
    await expect(target.open('a/secret')).rejects.toThrow(BadPath)
    await expect(target.open('b')).rejects.toThrow(BadPath)
    await expect(target.delete('a/secret')).rejects.toThrow(BadPath)
    await target.delete('b')
    expect(await readFile(join(folder, 'outside', 'secret'), 'utf8')).toBe('secret')
  })

  test('that stay inside the target are followed, and the root may be a link', async () => {
    await mkdir(join(folder, 'disk', 'real'), { recursive: true })
    await symlink('real', join(folder, 'disk', 'a'))
    await symlink(join(folder, 'disk'), root)
    await write('a/b.pdf')
    expect(await read(target, 'real/b.pdf')).toEqual(BYTES)
  })
})

describe('a mounted folder', () => {
  test('without its marker fails, and nothing is written to it', async () => {
    await mkdir(root)
    target = directory({ mounted: true })
    const problem = await target.check()
    expect(problem).toBeInstanceOf(TargetUnavailable)
    expect(problem?.message).toBe(`Target NAS is not mounted: its folder has no file ${MARKER}`)
    await expect(write('a')).rejects.toThrow(TargetUnavailable)
    await expect(target.open('a')).rejects.toThrow(TargetUnavailable)
    await expect(target.delete('a')).rejects.toThrow(TargetUnavailable)
    await expect(target.clear('5')).rejects.toThrow(TargetUnavailable)
    expect(await filesBelow(root)).toEqual([])
  })

  test('that does not exist is not created', async () => {
    target = directory({ mounted: true })
    expect(await target.check()).toBeInstanceOf(TargetUnavailable)
    await expect(stat(root)).rejects.toThrow('ENOENT')
  })

  test('that is unmounted during a write gets no file', async () => {
    await mkdir(root)
    await writeFile(join(root, MARKER), '')
    target = directory({ mounted: true })
    const unmounting = inPieces(BYTES, () => rm(join(root, MARKER)))
    await expect(target.write({ path: 'a/b', owner: '5' }, unmounting)).rejects.toThrow(
      TargetUnavailable,
    )
    expect(await filesBelow(root)).toEqual([])
    await expect(stat(join(root, 'a'))).rejects.toThrow('ENOENT')
  })
})

describe('free space', () => {
  test('below the configured minimum refuses files with TargetFull', async () => {
    const freeBytes = await target.freeBytes()
    target = directory({ minFreeBytes: 2 * freeBytes })
    expect(await target.check()).toBeInstanceOf(TargetFull)
    await expect(write('a')).rejects.toThrow(
      /^Target NAS has \d+ MiB left for a file of 0 MiB, and \d+ MiB are to stay free$/,
    )
  })

  test('is checked against the announced size of a file', async () => {
    const freeBytes = await target.freeBytes()
    await expect(
      target.write({ path: 'a', owner: '5', size: 2 * freeBytes }, inPieces(BYTES)),
    ).rejects.toThrow(TargetFull)
    expect(await filesBelow(root)).toEqual([])
  })
})

test('clear removes the unfinished files of its owner only', async () => {
  await mkdir(join(root, '.incoming'), { recursive: true })
  for (const name of ['5-x.part', '55-x.part'])
    await writeFile(join(root, '.incoming', name), 'half')
  expect((await target.owners()).toSorted()).toEqual(['5', '55'])
  await target.clear('5')
  expect(await filesBelow(root)).toEqual(['.incoming/55-x.part'])
})

test('delete removes empty parent folders, but not the root', async () => {
  await write('1/2024/05/a')
  await write('1/2024/06/b')
  await target.delete('1/2024/05/a')
  await expect(stat(join(root, '1/2024/05'))).rejects.toThrow('ENOENT')
  await target.delete('1/2024/06/b')
  await expect(stat(join(root, '1'))).rejects.toThrow('ENOENT')
  await stat(root)
})

test('concurrent writes and deletes in shared folders do not fail', async () => {
  const lanes = ['1/2024/a', '1/2024/b', '1/2024/c', '1/d'].map(async (path) => {
    for (let round = 0; round < 300; round++) {
      expect(await write(path)).toEqual(contentOf(BYTES))
      await target.delete(path)
    }
    await write(path)
  })
  await Promise.all(lanes)
  expect(await filesBelow(root)).toEqual(['1/2024/a', '1/2024/b', '1/2024/c', '1/d'])
})

test('check reports a folder without write permission', async () => {
  await mkdir(root, { mode: 0o555 })
  const problem = await withoutRoot(() => target.check())
  expect(problem?.message).toBe('Target NAS: its folder may not be written to (EACCES)')
})

test('check reports a file in place of the folder', async () => {
  await writeFile(root, '')
  expect((await target.check())?.message).toBe('Target NAS: its path is not a folder (EEXIST)')
})

/** Runs `act` as the user `nobody` when the process is root, which ignores permissions. */
async function withoutRoot<T>(act: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.('nobody')
  try {
    return await act()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
