import { createHash, randomBytes } from 'node:crypto'
import { IGE } from 'telegram/crypto/IGE.js'
import { expect, test } from 'vitest'
import { igeDecrypt, igeEncrypt } from '../src/gramjs/aes-ige.ts'

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const iv = Buffer.from(Array.from({ length: 32 }, (_, i) => 32 + i))
const plain = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 3) % 256))

test('IGE encrypts as OpenSSL does', () => {
  expect(igeEncrypt(plain(64), key, iv).toString('hex')).toBe(
    '62dde7a435afbc7bc6b16a3b7de42d3eaeb02459b457bf8ea35b5a86e0fb4e5893593375f49ab3b91e6e1cff638a85f9500b4eacc2a0f85ad429fa84c07271c2',
  )
  const long = igeEncrypt(plain(8192), key, iv)
  expect(createHash('sha256').update(long).digest('hex')).toBe(
    'ba9e00ec73207797be7097d36750947b6110d01900e6537909b5278549682dd3',
  )
})

test.each([16, 48, 4080, 4096, 4112, 65_536, 524_304])(
  'IGE of %i bytes equals GramJS’s result, at any memory alignment',
  (length) => {
    const data = randomBytes(length + 5).subarray(5)
    const key = randomBytes(33).subarray(1)
    const iv = randomBytes(35).subarray(3)
    const encrypted = igeEncrypt(data, key, iv)
    expect(encrypted.equals(new IGE(key, iv).encryptIge(data))).toBe(true)
    igeDecrypt(encrypted, key, iv)
    expect(encrypted.equals(data)).toBe(true)
  },
)
