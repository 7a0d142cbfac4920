import { createHash, createPublicKey } from 'node:crypto'
import { _serverKeys as trustedKeys } from 'telegram/crypto/RSA.js'
import { readBigIntFromBuffer } from 'telegram/Helpers.js'
import { serializeBytes } from 'telegram/tl/index.js'

/**
 * Makes an RSA public key (PEM) the only one that GramJS trusts, in the whole process: key exchange works only with its
 * owner. The fingerprint is the low 64 bits of SHA-1 over the TL form of the key
 * (https://core.telegram.org/mtproto/auth_key). Throws TypeError when the key is not RSA.
 */
export function trustOnly(publicKeyPem: string): void {
  const { n, e } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  if (n === undefined || e === undefined) throw new TypeError('not an RSA public key')
  const modulus = Buffer.from(n, 'base64url')
  const exponent = Buffer.from(e, 'base64url')
  const digest = createHash('sha1')
    .update(serializeBytes(modulus))
    .update(serializeBytes(exponent))
    .digest()
  trustedKeys.clear()
  trustedKeys.set(digest.readBigInt64LE(12).toString(), {
    n: readBigIntFromBuffer(modulus, false, false),
    e: exponent.readUIntBE(0, exponent.length),
  })
}
