import { lockContent, type Tx } from '@telegather/db'
import type { StoredContent, Target } from '@telegather/storage'
import { findSameContent } from './queries.ts'

/**
 * Lets a file that was just written share the bytes of one of the same content on its target, of whatever source. The
 * content stays locked until the transaction ends, so that of two that are recorded at once the second one finds the
 * first.
 */
export async function shareContent(
  tx: Tx,
  target: Target,
  file: StoredContent & { readonly path: string; readonly owner: string },
): Promise<void> {
  const content = { target: target.name, sha256: file.sha256, size: file.size }
  await lockContent(tx, content)
  const path = await findSameContent(tx, { ...content, notAt: file.path })
  if (path !== null) await target.share({ path, size: file.size }, file)
}
