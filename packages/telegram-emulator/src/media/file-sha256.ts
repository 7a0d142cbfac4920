import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FileSpec } from '../world/model.ts'
import { contentKey } from './layout.ts'
import { readFile } from './read-file.ts'
import { RecentlyUsed } from './recently-used.ts'

const SLICE = 1024 * 1024

const knownHashes = new RecentlyUsed<Promise<string>>(20_000)

async function hashSlices(spec: FileSpec): Promise<string> {
  const hash = createHash('sha256')
  for (let offset = 0; offset < spec.size; offset += SLICE) {
    hash.update(readFile(spec, offset, SLICE))
    await nextTurn()
  }
  return hash.digest('hex')
}

/** The SHA-256 of a whole file in lower-case hex, read in slices of 1 MiB; yields to the event loop in between. */
export function fileSha256(spec: FileSpec): Promise<string> {
  if (spec.sha256 !== undefined) return Promise.resolve(spec.sha256)
  const key = contentKey(spec)
  return knownHashes.get(key, () => {
    const hash = hashSlices(spec)
    // Failures are not cached. The caller gets the error from the promise itself.
    hash.catch(() => knownHashes.forget(key))
    return hash
  })
}
