import { lockContents, type Tx } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { findSameContents, keepAlive, type WrittenFile } from './queries.ts'

/**
 * Lets files that were just written share the bytes of files of the same content on their target, of any source. The
 * contents stay locked until the transaction ends: of two transactions that record the same content, the second one
 * finds the file of the first. A statement follows each shared file: Postgres ends a transaction that is idle for 5 s,
 * and a slow target needs longer for a batch.
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
