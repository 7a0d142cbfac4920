import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, realpath, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import {
  FileNotFound,
  IncompleteFile,
  RangeNotSatisfiable,
  TargetFull,
  TargetUnavailable,
} from '../errors.ts'
import { MARKER } from '../marker.ts'
import {
  CHECK,
  folderBelow,
  INCOMING,
  keyOf,
  keysOf,
  ownersOf,
  resumablePrefix,
  unfinishedPrefix,
} from '../paths.ts'
import {
  isBeyond,
  type ByteRange,
  type FileToResume,
  type FileToWrite,
  type OpenedFile,
  type StoredContent,
  type Target,
  type TargetName,
} from '../target.ts'
import { asTargetError, hasCode } from './disk-errors.ts'
import { locate, locateExisting, refuseOutside } from './inside.ts'
import { moveDurably, syncFolder } from './move-durably.ts'
import { shareContent } from './share-content.ts'
import { claimPart, removePart, writeRest } from './resumable-part.ts'
import { writePart, type Disk } from './write-part.ts'

export interface DirectoryOptions {
  readonly name: TargetName
  readonly path: string
  /** A mounted folder must contain the file `.telegather-target`. Any other folder is created when it is missing. */
  readonly mounted: boolean
  readonly minFreeBytes: number
}

/** Files in a local or mounted folder. */
export class DirectoryTarget implements Target {
  readonly name: TargetName
  readonly #options: DirectoryOptions
  readonly #path: string

  constructor(options: DirectoryOptions) {
    this.name = options.name
    this.#options = options
    this.#path = resolve(options.path)
  }

  folder(targetPath: string): string {
    return folderBelow(this.#path, targetPath)
  }

  async check(): Promise<TargetUnavailable | TargetFull | null> {
    try {
      const root = await this.#root()
      await this.#refuseFull(root, 0)
      await this.#call(() => tryToWrite(root))
      return null
    } catch (error) {
      if (error instanceof TargetUnavailable || error instanceof TargetFull) return error
      throw error
    }
  }

  async freeBytes(): Promise<number> {
    return this.#freeBytes(await this.#root())
  }

  async write(file: FileToWrite, chunks: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    const root = await this.#root()
    const destination = await this.#call(() => locate(root, file.path))
    await this.#refuseFull(root, file.size ?? 0)
    const part = await this.#call(() => newPart(root, file.owner))
    try {
      const stored = await writePart(this.#disk(root), part, chunks)
      if (file.size !== undefined && stored.size !== file.size)
        throw new IncompleteFile(file.size, stored.size)
      // Checks the marker again: after an unmount, the folders would be created below the mount point.
      await this.#root()
      await this.#call(() => moveDurably(root, part, destination))
      return stored
    } catch (error) {
      // If this fails, `clear` removes the part later; the first error is the one to report.
      await rm(part, { force: true }).catch(() => undefined)
      throw error
    }
  }

  async resume(
    file: FileToResume,
    chunksFrom: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<StoredContent> {
    const root = await this.#root()
    const destination = await this.#call(() => locate(root, file.path))
    const part = await this.#call(async () =>
      claimPart(await incomingFolder(root), resumablePrefix(file.owner, file.key), file.signal),
    )
    await this.#refuseFull(root, file.size - part.offset)
    try {
      const stored = await writeRest(this.#disk(root), part, chunksFrom, file.size)
      await this.#root()
      await this.#call(() => moveDurably(root, part.path, destination))
      await rm(part.checksums, { force: true }).catch(() => undefined)
      return stored
    } catch (error) {
      if (error instanceof IncompleteFile || error instanceof TargetFull) await removePart(part)
      if (!hasCode(error, 'ENOENT') || (await exists(part.path))) throw error
      throw new TargetUnavailable(`Target ${this.name}: another process writes ${file.path}`, {
        cause: error,
      })
    }
  }

  async share(
    existing: { readonly path: string; readonly size: number },
    file: Pick<FileToWrite, 'path' | 'owner'>,
  ): Promise<boolean> {
    const root = await this.#root()
    return this.#call(async () => {
      const destination = await locate(root, file.path)
      const kept = await realpathOrNull(root, existing.path)
      if (kept === null) return false
      const part = await newPart(root, file.owner)
      return shareContent({ path: kept, size: existing.size }, destination, part)
    })
  }

  async open(path: string, range?: ByteRange): Promise<OpenedFile> {
    const root = await this.#root()
    return this.#call(async () => {
      const real = await realpathOrNull(root, path)
      if (real === null) throw new FileNotFound(path)
      const handle = await open(real, 'r')
      try {
        const stats = await handle.stat()
        if (!stats.isFile()) throw new FileNotFound(path)
        if (isBeyond(range, stats.size)) throw new RangeNotSatisfiable(stats.size)
        return { size: stats.size, stream: handle.createReadStream({ ...range }) }
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  async size(path: string): Promise<number | null> {
    const root = await this.#root()
    const size = await this.#call(async () => {
      const real = await realpathOrNull(root, path)
      const stats = real === null ? null : await stat(real).catch(absent)
      return stats?.isFile() ? stats.size : null
    })
    // A missing file does not count as deleted when the disk may be unmounted.
    if (
      size === null &&
      !(await this.#call(async () => exists(join(await this.#root(), INCOMING))))
    )
      throw new TargetUnavailable(
        `Target ${this.name} is empty: its folder has no ${INCOMING}, as if its disk were not mounted`,
      )
    return size
  }

  async delete(path: string): Promise<void> {
    const root = await this.#root()
    await this.#call(async () => {
      const full = await locate(root, path)
      await rm(full, { force: true })
      await removeEmpty(root, dirname(full))
    })
  }

  async owners(): Promise<string[]> {
    const root = await this.#root()
    return ownersOf(await this.#call(() => incomingNames(root)))
  }

  async unfinished(owner: string): Promise<string[]> {
    const root = await this.#root()
    const prefix = unfinishedPrefix(owner)
    const names = await this.#call(() => incomingNames(root))
    return keysOf(names.filter((name) => name.startsWith(prefix)))
  }

  async clear(
    owner: string,
    shouldRemove: (key: string | null) => boolean = () => true,
  ): Promise<void> {
    const prefix = unfinishedPrefix(owner)
    const root = await this.#root()
    await this.#call(async () => {
      for (const name of await incomingNames(root))
        if (name.startsWith(prefix) && shouldRemove(keyOf(name)))
          await rm(join(root, INCOMING, name), { force: true })
    })
  }

  #disk(root: string): Disk {
    return {
      call: (operation) => this.#call(operation),
      refuseFull: (bytes) => this.#refuseFull(root, bytes),
    }
  }

  /** The real path of the target's folder. Throws TargetUnavailable when it is missing or not mounted. */
  async #root(): Promise<string> {
    const { mounted } = this.#options
    if (!mounted) await this.#call(() => mkdir(this.#path, { recursive: true, mode: 0o750 }))
    else if (!(await this.#call(() => exists(join(this.#path, MARKER)))))
      throw new TargetUnavailable(
        `Target ${this.name} is not mounted: its folder has no file ${MARKER}`,
      )
    return this.#call(() => realpath(this.#path))
  }

  async #freeBytes(root: string): Promise<number> {
    const { bavail, bsize } = await this.#call(() => statfs(root))
    return bavail * bsize
  }

  async #refuseFull(root: string, bytes: number): Promise<void> {
    const { minFreeBytes } = this.#options
    const freeBytes = await this.#freeBytes(root)
    if (freeBytes - bytes >= minFreeBytes) return
    const wanted = bytes > 0 ? ` for a file of ${mebibytes(bytes)}` : ''
    throw new TargetFull(
      `Target ${this.name} has ${mebibytes(freeBytes)} left${wanted}, and ${mebibytes(minFreeBytes)} are to stay free`,
    )
  }

  async #call<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation()
    } catch (error) {
      throw asTargetError(this.name, error)
    }
  }
}

/** A new unique path in `.incoming`, which is on the same file system as the root. */
async function newPart(root: string, owner: string): Promise<string> {
  const folder = await incomingFolder(root)
  return join(folder, `${unfinishedPrefix(owner)}${randomBytes(8).toString('hex')}.part`)
}

async function incomingNames(root: string): Promise<string[]> {
  return (await readdir(join(root, INCOMING)).catch(absent)) ?? []
}

async function incomingFolder(root: string): Promise<string> {
  const folder = join(root, INCOMING)
  await refuseOutside(root, folder)
  await mkdir(folder).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  return folder
}

async function tryToWrite(root: string): Promise<void> {
  const path = join(await incomingFolder(root), CHECK)
  try {
    const handle = await open(path, 'w', 0o640)
    try {
      await handle.writeFile('check')
      await handle.sync()
    } finally {
      await handle.close()
    }
  } finally {
    await rm(path, { force: true })
  }
}

/** Removes `folder` and its parents up to the root, as long as they are empty. */
async function removeEmpty(root: string, folder: string): Promise<void> {
  let current = folder
  try {
    for (; current !== root; current = dirname(current)) await rmdir(current)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOENT', 'ENOTDIR')) throw error
  }
  await syncFolder(current).catch(absent)
}

async function realpathOrNull(root: string, path: string): Promise<string | null> {
  return locateExisting(root, path).catch(absent)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(absent)) !== null
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`
}

/** For `catch`: returns null when the file does not exist; rethrows other errors. */
function absent(error: unknown): null {
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
  throw error
}
