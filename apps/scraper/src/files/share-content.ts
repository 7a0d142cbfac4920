import { lockContents, type Tx } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { findSameContents, keepAlive, type WrittenFile } from './queries.ts'

/**
 * Makes newly written files share the bytes of stored files with the same content on the same target, of any source. The
 * contents stay locked until the transaction ends: of two transactions that record the same content, the second finds
 * the file of the first. After each shared file a statement is sent, because Postgres ends a transaction that is idle for
 * 5 s and a slow target may need longer for a batch.
 */
export async function shareContents(
  tx: Tx,
  target: Target,
  { written, owner }: { readonly written: readonly WrittenFile[]; readonly owner: string },
): Promise<void> {
  await lockContents(tx, written)
  const stored = await findSameContents(tx, written)
  const paths = new Map<string, string>()
  const shared: Promise<void>[] = []
  const share = async (existing: string, { path, size }: WrittenFile) => {
    await target.share({ path: existing, size }, { path, owner })
    await keepAlive(tx)
  }
  for (const file of written) {
    const { id, path, size, sha256 } = file
    const content = `${sha256} ${size}`
    const existing = stored.get(id) ?? paths.get(content)
    if (existing === undefined) paths.set(content, path)
    else if (existing !== path) shared.push(share(existing, file))
  }
  const outcomes = await Promise.allSettled(shared)
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
