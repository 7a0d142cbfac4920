import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import * as RSA from 'telegram/crypto/RSA.js'
import { expect, test } from 'vitest'
import { generateRsaKey, loadRsaKey, rsaFingerprint } from './rsa.ts'

test("Telegram's own keys have the fingerprints that Telegram publishes", () => {
  expect(RSA._serverKeys.size).toBeGreaterThan(0)
  for (const [fingerprint, { n }] of RSA._serverKeys) {
    const modulus = Buffer.from(n.toString(16).padStart(512, '0'), 'hex').toString('base64url')
    const key = createPublicKey({ key: { kty: 'RSA', n: modulus, e: 'AQAB' }, format: 'jwk' })
    expect(rsaFingerprint(key).toString()).toBe(fingerprint)
  }
})

test('a key is equal after export and import, in either format', () => {
  const key = generateRsaKey()
  expect(key.publicKeyPem).toMatch(/^-----BEGIN RSA PUBLIC KEY-----/)
  const pkcs8 = createPrivateKey(key.privateKeyPem).export({ type: 'pkcs8', format: 'pem' })
  for (const pem of [key.privateKeyPem, pkcs8.toString()]) {
    const loaded = loadRsaKey(pem)
    expect(loaded.fingerprint).toBe(key.fingerprint)
    expect(loaded.publicKeyPem).toBe(key.publicKeyPem)
  }
})

test('a key of another size is refused', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  expect(() => loadRsaKey(pem)).toThrow(RangeError)
})
