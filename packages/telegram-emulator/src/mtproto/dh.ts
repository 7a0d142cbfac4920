import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'

/** Telegram's published 2048-bit safe prime; clients know it and need not test it. */
export const DH_PRIME = Buffer.from(
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f' +
    '48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37' +
    '20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64' +
    '2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4' +
    'a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754' +
    'fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4' +
    'e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f' +
    '0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b',
  'hex',
)
export const DH_GENERATOR = 3

/** Length of the prime and of numbers modulo it. */
export const DH_BYTES = 256

const PRIME = toBigInt(DH_PRIME)
const SAFE_MARGIN = 1n << 1984n

/**
 * `base ** exponent` modulo {@link DH_PRIME}, 256 bytes.
 *
 * Keys are passed to OpenSSL as DER: `createDiffieHellman` would test the prime for 300 ms, and BigInt takes four times
 * as long as this.
 *
 * @throws if base is 0, 1 or not below the prime minus one
 */
export function modPow(base: Buffer, exponent: Buffer): Buffer {
  const secret = diffieHellman({
    privateKey: createPrivateKey({ key: privateKeyInfo(exponent), format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: publicKeyInfo(base), format: 'der', type: 'spki' }),
  })
  return padded(secret)
}

/** The generator to the power of `exponent`, 256 bytes. */
export function generatorPow(exponent: Buffer): Buffer {
  return modPow(Buffer.of(DH_GENERATOR), exponent)
}

/** Whether a received g^x is in the range required by Telegram's security guidelines, 2^1984 away from both ends. */
export function isSafePublicValue(value: Buffer): boolean {
  if (value.length > DH_BYTES) return false
  const number = toBigInt(value)
  return number >= SAFE_MARGIN && number <= PRIME - SAFE_MARGIN
}

/** (a·b + c) modulo {@link DH_PRIME}, 256 bytes. */
export function multiplyAdd(a: Buffer, b: Buffer, c: Buffer): Buffer {
  return toBytes((toBigInt(a) * toBigInt(b) + toBigInt(c)) % PRIME)
}

/** A big-endian number of at most 256 bytes, padded with leading zeros to 256. */
export function padded(number: Buffer): Buffer {
  if (number.length === DH_BYTES) return number
  return Buffer.concat([Buffer.alloc(DH_BYTES - number.length), number])
}

function toBigInt(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`)
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(DH_BYTES * 2, '0'), 'hex')
}

const DH_ALGORITHM = sequence(
  // 1.2.840.113549.1.3.1, dhKeyAgreement of PKCS #3
  der(0x06, Buffer.from('2a864886f70d010301', 'hex')),
  sequence(integer(DH_PRIME), integer(Buffer.of(DH_GENERATOR))),
)

function privateKeyInfo(exponent: Buffer): Buffer {
  return sequence(integer(Buffer.of(0)), DH_ALGORITHM, der(0x04, integer(exponent)))
}

function publicKeyInfo(value: Buffer): Buffer {
  return sequence(DH_ALGORITHM, der(0x03, Buffer.concat([Buffer.of(0), integer(value)])))
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** A non-negative INTEGER; DER requires the minimal encoding. */
function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const minimal = bytes.subarray(start)
  const negative = (minimal[0] ?? 0) >= 0x80
  return der(0x02, negative ? Buffer.concat([Buffer.of(0), minimal]) : minimal)
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}
