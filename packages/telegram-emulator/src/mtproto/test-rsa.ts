import { constants, createHash, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { igeEncrypt } from './aes-ige.ts'

/** The client side of both paddings, for tests. `random` returns the requested number of bytes. */
type Random = (length: number) => Buffer

/** RSA_PAD: https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows */
export function rsaPad(publicKeyPem: string, data: Buffer, random: Random = randomBytes): Buffer {
  const padded = Buffer.concat([data, random(192 - data.length)])
  const key = random(32)
  const hash = createHash('sha256').update(key).update(padded).digest()
  const hashed = Buffer.concat([Buffer.from(padded.toReversed()), hash])
  const encrypted = igeEncrypt(hashed, key, Buffer.alloc(32))
  const mask = createHash('sha256').update(encrypted).digest()
  const masked = Buffer.from(key.map((byte, index) => byte ^ mask.readUInt8(index)))
  const block = Buffer.concat([masked, encrypted])
  const isTooLarge = Buffer.compare(block, modulusOf(publicKeyPem)) >= 0
  return isTooLarge ? rsaPad(publicKeyPem, data, random) : rsaEncrypt(publicKeyPem, block)
}

/** The older format: SHA-1, data, random bytes. `hash` allows tests to pass a wrong hash. */
export function oldPadding(
  publicKeyPem: string,
  data: Buffer,
  hash: Buffer = createHash('sha1').update(data).digest(),
): Buffer {
  const padding = randomBytes(235 - data.length)
  return rsaEncrypt(publicKeyPem, Buffer.concat([Buffer.alloc(1), hash, data, padding]))
}

function rsaEncrypt(publicKeyPem: string, block: Buffer): Buffer {
  return publicEncrypt({ key: publicKeyPem, padding: constants.RSA_NO_PADDING }, block)
}

function modulusOf(publicKeyPem: string): Buffer {
  const { n = '' } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  return Buffer.from(n, 'base64url')
}
