import { createHash } from 'node:crypto'
import { FileNotFound, TargetUnavailable, type Target } from '@telegather/storage'
import type { Finding, StoredFile } from './queries.ts'

/**
 * Compares a stored file with its target: by size, or with `byHash` by size and SHA-256. Null when the file is as recorded.
 * Throws TargetUnavailable when the target cannot be reached.
 */
export async function checkFile(
  target: Target,
  file: StoredFile,
  { byHash, signal }: { readonly byHash: boolean; readonly signal: AbortSignal },
): Promise<Finding | null> {
  const path = file.path ?? ''
  const foundSize = await target.size(path)
  if (foundSize === null) return { file, problem: 'missing', foundSize, foundSha256: null }
  if (foundSize !== file.size) return { file, problem: 'different', foundSize, foundSha256: null }
  if (!byHash) return null
  try {
    const foundSha256 = await hashOf(target, path, signal)
    if (foundSha256 === file.sha256) return null
    return { file, problem: 'different', foundSize, foundSha256 }
  } catch (error) {
    signal.throwIfAborted()
    // The file was there for the size: it is checked again after the wait of the verification.
    if (error instanceof FileNotFound || error instanceof TargetUnavailable) throw error
    return { file, problem: 'unreadable', foundSize, foundSha256: null }
  }
}

async function hashOf(target: Target, path: string, signal: AbortSignal): Promise<string> {
  const { stream } = await target.open(path)
  const hash = createHash('sha256')
  for await (const chunk of stream) {
    signal.throwIfAborted()
    hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}
