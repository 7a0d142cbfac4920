import { hkdfSync } from 'node:crypto'

/** Derives the default INTERNAL_KEY of a stack, so that the user need not set one. */
export function deriveInternalKey(sessionEncKey: string): string {
  const bytes = hkdfSync('sha256', sessionEncKey, '', 'telegather internal requests', 32)
  return Buffer.from(bytes).toString('base64url')
}
