import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { issueApiKey, matchesSha256, parseApiKey, randomToken, sha256 } from '../src/index.ts'

test('an issued key is parsed into its id and a secret that has the issued hash', () => {
  const { id, key, secretSha256 } = issueApiKey()
  const parts = parseApiKey(key)
  expect(parts).toEqual({ id, secret: key.slice(`tg_${id}_`.length) })
  const secret = parts?.secret ?? ''
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(secretSha256).toBe(createHash('sha256').update(secret).digest('hex'))
  expect(matchesSha256(secret, secretSha256)).toBe(true)
})

test('issued keys and tokens are unique', () => {
  const keys = Array.from({ length: 100 }, issueApiKey)
  expect(new Set(keys.map(({ id }) => id)).size).toBe(100)
  expect(new Set(Array.from({ length: 100 }, randomToken)).size).toBe(100)
})

test.each([
  '',
  'tg_',
  'tg__',
  `tg_0123456789abcdef_${'a'.repeat(42)}`,
  `tg_0123456789abcdef_${'a'.repeat(44)}`,
  `tg_0123456789ABCDEF_${'a'.repeat(43)}`,
  `tg_0123456789abcdef_${'a'.repeat(43)}\n`,
  ` tg_0123456789abcdef_${'a'.repeat(43)}`,
  `tg_../../etc/passwd_${'a'.repeat(43)}`,
])('%j is not a key', (text) => {
  expect(parseApiKey(text)).toBeNull()
})

test('a secret that differs in its first character, its last character or its length does not match', () => {
  const secret = randomToken()
  const hash = sha256(secret)
  const changed = (text: string, index: number) =>
    text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1)
  for (const wrong of [changed(secret, 0), changed(secret, 42), '', `${secret}A`])
    expect(matchesSha256(wrong, hash)).toBe(false)
})
