import { describe, expect, test } from 'vitest'
import { createKeyRing, generateFernetKey, InvalidKey, InvalidToken } from '../src/index.ts'

const [newer, older, foreign] = [generateFernetKey(), generateFernetKey(), generateFernetKey()]

describe('a key ring', () => {
  test('decrypts tokens of each of its keys', () => {
    const token = createKeyRing(older).encrypt('session')
    expect(createKeyRing(`${newer},${older}`).decrypt(token).toString()).toBe('session')
  })

  test('encrypts with the newest key', () => {
    const token = createKeyRing(`${newer}, ${older}`).encrypt(Buffer.from([0, 255]))
    expect(createKeyRing(newer).decrypt(token)).toEqual(Buffer.from([0, 255]))
    expect(() => createKeyRing(older).decrypt(token)).toThrow(InvalidToken)
  })

  test('refuses a token of a key that it does not have', () => {
    const token = createKeyRing(foreign).encrypt('session')
    expect(() => createKeyRing(`${newer},${older}`).decrypt(token)).toThrow(
      new InvalidToken('No key decrypts this token'),
    )
  })

  test('names an invalid key by its position, never by its text', () => {
    const build = () => createKeyRing(`${newer},hunter2`)
    expect(build).toThrow(InvalidKey)
    expect(build).toThrow(/^key 2 of 2: expected 32 bytes/)
    expect(build).not.toThrow(/hunter2/)
  })

  test('needs at least one key', () => {
    expect(() => createKeyRing('')).toThrow(/^key 1 of 1: expected 32 bytes/)
  })
})
