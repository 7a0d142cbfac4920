import { InvalidKey, InvalidToken } from './errors.ts'
import { openFernet, parseFernetKey, sealFernet, type FernetKey } from './fernet.ts'

/** Encryption at rest with Fernet tokens. Python's `MultiFernet` reads them with the same keys. */
export interface KeyRing {
  /** Encrypts with the newest key. Text is encoded as UTF-8. */
  encrypt(plaintext: Buffer | string): string
  /** Decrypts with the key of the ring that encrypted the token. Tokens do not expire. Throws `InvalidToken`. */
  decrypt(token: string): Buffer
}

/** Parses comma-separated Fernet keys, newest first. Throws `InvalidKey` with the position of the invalid key. */
export function createKeyRing(keys: string): KeyRing {
  const texts = keys.split(',').map((text) => text.trim())
  const ring = texts.map((text, index) => parseKeyAt(text, index + 1, texts.length))
  const [newest] = ring
  if (!newest) throw new InvalidKey('expected at least one key')
  return {
    encrypt: (plaintext) => sealFernet(newest, Buffer.from(plaintext)),
    decrypt: (token) => decryptWithAny(ring, token),
  }
}

function parseKeyAt(text: string, position: number, count: number): FernetKey {
  try {
    return parseFernetKey(text)
  } catch (cause) {
    if (!(cause instanceof InvalidKey)) throw cause
    throw new InvalidKey(`key ${position} of ${count}: ${cause.message}`, { cause })
  }
}

function decryptWithAny(ring: readonly FernetKey[], token: string): Buffer {
  const failures: InvalidToken[] = []
  for (const key of ring) {
    try {
      return openFernet(key, token)
    } catch (error) {
      if (!(error instanceof InvalidToken)) throw error
      failures.push(error)
    }
  }
  throw new InvalidToken('No key decrypts this token', { cause: failures.at(-1) })
}
