import type { Db } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { fileIdOf, partKey } from './part-key.ts'
import { selectUnstored } from './queries.ts'

/**
 * Removes a source's partial files from the target, except those of files that are still to be stored there. With
 * `isAlone`, partial files that cannot be resumed are removed too: this process executes the source's run, so no other
 * process is writing them.
 */
export async function clearParts(
  db: Db,
  target: Target,
  { sourceId, isAlone }: { readonly sourceId: number; readonly isAlone: boolean },
): Promise<void> {
  const owner = String(sourceId)
  const unused = new Set(await target.unfinished(owner))
  const ids = [...unused].flatMap((key) => fileIdOf(key) ?? [])
  for (const file of await selectUnstored(db, { sourceId, target: target.name, ids }))
    unused.delete(partKey(file))
  await target.clear(owner, (key) => (key === null ? isAlone : unused.has(key)))
}
