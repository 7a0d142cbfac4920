import { hkdfSync } from 'node:crypto'

/** The key by which the services of this stack know the gateway, so that nobody has to choose one. */
export function deriveInternalKey(sessionEncKey: string): string {
  const bytes = hkdfSync('sha256', sessionEncKey, '', 'telegather internal requests', 32)
  return Buffer.from(bytes).toString('base64url')
}
