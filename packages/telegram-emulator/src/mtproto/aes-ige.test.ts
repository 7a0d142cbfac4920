import { createCipheriv, hash } from 'node:crypto'
import * as fc from 'fast-check'
import { IGE } from 'telegram/crypto/IGE.js'
import { expect, test } from 'vitest'
import { igeDecrypt, igeEncrypt } from './aes-ige.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

test('one block under a zero iv is plain AES: the vector of FIPS 197, C.3', () => {
  const key = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')
  const plain = hex('00112233445566778899aabbccddeeff')
  const encrypted = hex('8ea2b7ca516745bfeafc49904b496089')
  expect(igeEncrypt(plain, key, Buffer.alloc(32))).toEqual(encrypted)
  expect(igeDecrypt(encrypted, key, Buffer.alloc(32))).toEqual(plain)
})

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))
const input = fc
  .integer({ min: 1, max: 40 })
  .chain((blocks) => fc.tuple(bytes(blocks * 16), bytes(32), bytes(32)))

test.each([
  [
    '000102030405060708090a0b0c0d0e0f',
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '1a8519a6557be652e9da8e43da4ef4453cf456b4ca488aa383c79c98b34797cb',
  ],
  [
    '5468697320697320616e20696d706c65',
    '6d656e746174696f6e206f6620494745206d6f646520666f72204f70656e5353',
    '99706487a1cde613bc6de0b6f24b1c7aa448c8b9c3403e3467a8cad89340f53b',
    '4c2e204c6574277320686f70652042656e20676f74206974207269676874210a',
  ],
])(
  "the reference implementation matches OpenSSL's vector for the 128-bit key %s",
  (key, iv, plain, encrypted) => {
    expect(byDefinition(hex(plain), hex(key), hex(iv))).toEqual(hex(encrypted))
  },
)

test('encryption matches the reference implementation, and decryption inverts it', () => {
  fc.assert(
    fc.property(input, ([plain, key, iv]) => {
      const encrypted = igeEncrypt(plain, key, iv)
      expect(encrypted).toEqual(byDefinition(plain, key, iv))
      expect(igeDecrypt(encrypted, key, iv)).toEqual(plain)
    }),
  )
})

test('data longer than a chunk is encrypted as one message', () => {
  const blocks = fc.oneof(fc.integer({ min: 2040, max: 2060 }), fc.integer({ min: 1, max: 9000 }))
  fc.assert(
    fc.property(blocks, bytes(32), bytes(32), (count, key, iv) => {
      const plain = hash('sha512', String(count), 'buffer')
      const data = Buffer.alloc(count * 16, plain)
      const encrypted = igeEncrypt(data, key, iv)
      expect(encrypted.equals(byDefinition(data, key, iv))).toBe(true)
      expect(igeDecrypt(encrypted, key, iv).equals(data)).toBe(true)
    }),
    { numRuns: 12 },
  )
})

test('GramJS encrypts to the same bytes', () => {
  fc.assert(
    fc.property(input, ([plain, key, iv]) => {
      expect(new IGE(key, iv).encryptIge(plain)).toEqual(igeEncrypt(plain, key, iv))
    }),
    { numRuns: 20 },
  )
})

/** The reference: C[i] = E(P[i] ^ C[i-1]) ^ P[i-1], block by block, for keys of any length. */
function byDefinition(plain: Buffer, key: Buffer, iv: Buffer): Buffer {
  let [previousC, previousP] = [iv.subarray(0, 16), iv.subarray(16)]
  const blocks: Buffer[] = []
  for (let offset = 0; offset < plain.length; offset += 16) {
    const block = plain.subarray(offset, offset + 16)
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
    const encrypted = xor(cipher.update(xor(block, previousC)), previousP)
    blocks.push(encrypted)
    previousC = encrypted
    previousP = block
  }
  return Buffer.concat(blocks)
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b.readUInt8(index)))
}
