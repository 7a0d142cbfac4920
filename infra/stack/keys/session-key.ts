import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { generateFernetKey } from '@telegather/secrets'

/** The key that encrypts sessions on this machine; created on first use (mode 0600). */
export function readOrCreateSessionKey(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const key = generateFernetKey()
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return key
}
