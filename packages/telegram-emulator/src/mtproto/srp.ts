import { createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { TlObject } from '../tl/object.ts'
import {
  DH_BYTES,
  DH_GENERATOR,
  DH_PRIME,
  generatorPow,
  isSafePublicValue,
  modPow,
  multiplyAdd,
  padded,
} from './dh.ts'

/**
 * The server side of two-step verification: SRP as in https://core.telegram.org/api/srp, with Telegram's prime and
 * generator 3.
 */

export interface PasswordSalts {
  readonly salt1: Buffer
  readonly salt2: Buffer
}

/** The stored form of a password. */
export interface PasswordSettings extends PasswordSalts {
  /** g^x, 256 bytes: sufficient to verify a proof of the password, but not to compute one. */
  readonly verifier: Buffer
}

/** A challenge for a single check, because its secret must not be used twice. */
export interface SrpChallenge {
  /** `srp_id` */
  readonly id: bigint
  /** b, 256 bytes, never sent. */
  readonly secret: Buffer
  /** `srp_B`, 256 bytes. */
  readonly publicValue: Buffer
}

const deriveKey = promisify(pbkdf2)

/** Creates the settings of a password, with new salts. Takes about 0.1 s, off the event loop. */
export async function createPasswordSettings(password: string): Promise<PasswordSettings> {
  return passwordSettings(password, { salt1: randomBytes(40), salt2: randomBytes(16) })
}

/** Computes the settings of a password with these salts. Takes as long as {@link createPasswordSettings}. */
export async function passwordSettings(
  password: string,
  { salt1, salt2 }: PasswordSalts,
): Promise<PasswordSettings> {
  const inner = salted(salted(Buffer.from(password, 'utf8'), salt1), salt2)
  const stretched = await deriveKey(inner, salt1, 100_000, 64, 'sha512')
  return { salt1, salt2, verifier: generatorPow(salted(stretched, salt2)) }
}

/** Salts for a future password: clients append random bytes to the first. */
export function createSalts(): PasswordSalts {
  return { salt1: randomBytes(8), salt2: randomBytes(16) }
}

/** `account.password.current_algo` or `new_algo` with these salts. */
export function passwordAlgorithm({ salt1, salt2 }: PasswordSalts): TlObject {
  return {
    _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
    salt1,
    salt2,
    g: DH_GENERATOR,
    p: DH_PRIME,
  }
}

export function createChallenge(settings: PasswordSettings): SrpChallenge {
  const secret = randomBytes(DH_BYTES)
  return {
    id: randomBytes(8).readBigInt64LE(),
    secret,
    publicValue: multiplyAdd(MULTIPLIER, settings.verifier, generatorPow(secret)),
  }
}

/** Whether the `A` and `M1` of `inputCheckPasswordSRP` are correct for the challenge. False for any malformed input. */
export function checkProof(
  settings: PasswordSettings,
  challenge: SrpChallenge,
  proof: { readonly A: Buffer; readonly M1: Buffer },
): boolean {
  if (!isSafePublicValue(proof.A) || proof.M1.length !== 32) return false
  const A = padded(proof.A)
  const B = challenge.publicValue
  const u = sha256(A, B)
  const base = multiplyAdd(A, modPow(settings.verifier, u), Buffer.alloc(0))
  const K = sha256(modPow(base, challenge.secret))
  const expected = sha256(GROUP_HASH, sha256(settings.salt1), sha256(settings.salt2), A, B, K)
  return timingSafeEqual(expected, proof.M1)
}

const PADDED_GENERATOR = padded(Buffer.of(DH_GENERATOR))
const MULTIPLIER = sha256(DH_PRIME, PADDED_GENERATOR)
const GROUP_HASH = xor(sha256(DH_PRIME), sha256(PADDED_GENERATOR))

function salted(data: Buffer, salt: Buffer): Buffer {
  return sha256(salt, data, salt)
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}
