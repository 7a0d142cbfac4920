import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto'
import { TlWriter } from '../tl/writer.ts'

/** The RSA key pair that identifies a data centre to clients. */
export interface RsaKey {
  /** The id of the key in the protocol, see {@link rsaFingerprint}. */
  readonly fingerprint: bigint
  /** PKCS #1 PEM text, the form in which Telegram publishes its keys. */
  readonly publicKeyPem: string
  /** The private key as PKCS #1 PEM text, for storage. */
  readonly privateKeyPem: string
  /**
   * Raw RSA of 256 bytes.
   *
   * @throws if the length is not 256, or the number is not below the modulus
   */
  decrypt(encrypted: Buffer): Buffer
}

/** A fresh 2048-bit key. Takes about 0.1 s. */
export function generateRsaKey(): RsaKey {
  return fromPrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
}

/**
 * Loads a private key from PKCS #1 or PKCS #8 PEM text.
 *
 * @throws for any key other than a 2048-bit RSA key
 */
export function loadRsaKey(pem: string): RsaKey {
  return fromPrivateKey(createPrivateKey(pem))
}

function fromPrivateKey(privateKey: KeyObject): RsaKey {
  if (privateKey.asymmetricKeyDetails?.modulusLength !== 2048) {
    throw new RangeError('MTProto needs a 2048-bit RSA key')
  }
  const publicKey = createPublicKey(privateKey)
  return {
    fingerprint: rsaFingerprint(publicKey),
    publicKeyPem: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    decrypt: (encrypted) =>
      privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encrypted),
  }
}

/** The last 8 bytes of the SHA-1 of modulus and exponent, each a TL string, little-endian. */
export function rsaFingerprint(publicKey: KeyObject): bigint {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const writer = new TlWriter(512)
  writer.bytes(Buffer.from(n, 'base64url'))
  writer.bytes(Buffer.from(e, 'base64url'))
  return createHash('sha1').update(writer.take()).digest().readBigInt64LE(12)
}
