import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DirectoryTarget } from '../src/directory/directory-target.ts'
import { TargetFull, TargetUnavailable } from '../src/errors.ts'
import { MARKER } from '../src/marker.ts'
import { BYTES, filesBelow, inPieces, LARGE, read } from './files.ts'

/** Whether this process may mount file systems: usually as root, but rarely in a container. */
const MAY_MOUNT = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0

describe.skipIf(!MAY_MOUNT)('file systems', () => {
  let folder: string
  let root: string
  const mounted: string[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telegather-mounts-'))
    root = join(folder, 'target')
    await mkdir(root)
  })
  afterEach(async () => {
    for (const path of mounted.splice(0)) execFileSync('umount', ['--lazy', path])
    await rm(folder, { recursive: true })
  })

  const mount = (path: string, options: string) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'telegather-test', path])
    mounted.push(path)
  }
  const unmount = (path: string) => {
    execFileSync('umount', [path])
    mounted.splice(mounted.indexOf(path), 1)
  }
  const directory = (isMount = false) =>
    new DirectoryTarget({ name: 'NAS', path: root, mounted: isMount, minFreeBytes: 0 })
  const write = (target: DirectoryTarget, path: string, bytes = BYTES) =>
    target.write({ path, owner: '5' }, inPieces(bytes))

  test('an unmounted NAS fails, and works again once it is mounted', async () => {
    const target = directory(true)
    mount(root, 'size=8m')
    await writeFile(join(root, MARKER), '')
    await write(target, 'a')
    // A second mount keeps the file system alive, like the NAS server does.
    const server = join(folder, 'server')
    await mkdir(server)
    execFileSync('mount', ['--bind', root, server])
    mounted.push(server)
    unmount(root)
    await expect(write(target, 'b')).rejects.toThrow(TargetUnavailable)
    expect(await target.check()).toBeInstanceOf(TargetUnavailable)
    expect(await readdir(root)).toEqual([])
    execFileSync('mount', ['--bind', server, root])
    mounted.push(root)
    expect(await read(target, 'a')).toEqual(BYTES)
    await write(target, 'b')
    expect(await filesBelow(root)).toEqual([MARKER, 'a', 'b'])
  })

  test('a full disk fails with TargetFull and keeps nothing of the file', async () => {
    mount(root, 'size=8m')
    await expect(write(directory(), 'a', LARGE)).rejects.toThrow(TargetFull)
    expect(await filesBelow(root)).toEqual([])
    await write(directory(), 'a')
  })

  test('check reports a read-only disk', async () => {
    mount(root, 'size=8m')
    execFileSync('mount', ['-o', 'remount,ro', root])
    const problem = await directory().check()
    expect(problem?.message).toBe('Target NAS: its folder is mounted read-only (EROFS)')
  })

  test('a file system mounted below the root can be written to, but share returns false', async () => {
    const target = directory()
    await mkdir(join(root, 'other'))
    mount(join(root, 'other'), 'size=8m')
    await write(target, 'a')
    await write(target, 'other/2024/a')
    expect((await stat(join(root, 'other/2024/a'))).dev).not.toBe((await stat(join(root, 'a'))).dev)
    const isShared = await target.share(
      { path: 'a', size: BYTES.length },
      { path: 'other/2024/a', owner: '5' },
    )
    expect(isShared).toBe(false)
    await target.delete('a')
    expect(await read(target, 'other/2024/a')).toEqual(BYTES)
    expect(await filesBelow(root)).toEqual(['other/2024/a'])
  })
})
