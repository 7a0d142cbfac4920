import type { Db } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { fileIdOf, partKey } from './part-key.ts'
import { selectUnstored } from './queries.ts'

/**
 * Removes a source's partial files from the target. Parts of files that are still to be stored there stay. `isAlone`: this
 * process executes the source's run, so parts that cannot be resumed are removed too.
 */
export async function clearParts(
  db: Db,
  target: Target,
  { sourceId, isAlone }: { readonly sourceId: number; readonly isAlone: boolean },
): Promise<void> {
  const owner = String(sourceId)
  const over = new Set(await target.unfinished(owner))
  const ids = [...over].flatMap((key) => fileIdOf(key) ?? [])
  for (const file of await selectUnstored(db, { sourceId, target: target.name, ids }))
    over.delete(partKey(file))
  await target.clear(owner, (key) => (key === null ? isAlone : over.has(key)))
}
