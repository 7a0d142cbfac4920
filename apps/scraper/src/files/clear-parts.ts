import type { Db } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { fileIdOf, partKey } from './part-key.ts'
import { selectUnstored } from './queries.ts'

/**
 * Removes a source's unfinished files from the target but for those that are still to be stored there. `isAlone`: also
 * those that cannot be resumed, since this process executes the source's run.
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
