import { createHash, generatePrimeSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { TlObject } from '../tl/object.ts'
import type { SchemaSet } from '../tl/schema.ts'
import { igeDecrypt, igeEncrypt } from './aes-ige.ts'
import type { AuthKey, AuthKeyStore } from './auth-key.ts'
import type { Clock } from './clock.ts'
import { DH_BYTES, DH_GENERATOR, DH_PRIME, generatorPow, isSafePublicValue, modPow } from './dh.ts'
import { handshakeAes, newNonceHash, type AesParameters } from './key-derivation.ts'
import { ProtocolError } from './protocol-error.ts'
import { openRsa } from './rsa-padding.ts'
import type { RsaKey } from './rsa.ts'

export interface HandshakeOptions {
  readonly dcId: number
  readonly rsaKey: RsaKey
  readonly keys: AuthKeyStore
  readonly schema: SchemaSet
  readonly clock: Clock
  /** Returns a failure for the end of the exchange; null: it succeeds. */
  readonly refuse?: () => 'dh_gen_retry' | 'dh_gen_fail' | null
  /** Called with a new key; `salt` is the server salt that both sides derive for its first messages. */
  readonly onKey: (key: AuthKey, salt: bigint) => void
}

/** A client may retry with another g_b if the id of its key is in use. More retries than this are refused. */
const MAX_RETRIES = 5

interface Nonces {
  readonly nonce: Buffer
  readonly serverNonce: Buffer
}

interface Exchange extends Nonces {
  readonly newNonce: Buffer
  readonly secret: Buffer
  readonly aes: AesParameters
  retries: number
  /** The `retry_id` required in the next attempt. */
  retryId: bigint
}

type Stage =
  | { readonly step: 'pq' }
  | { readonly step: 'dh'; readonly nonces: Nonces; readonly primes: readonly [bigint, bigint] }
  | { readonly step: 'key'; readonly exchange: Exchange }

/**
 * The server side of https://core.telegram.org/mtproto/auth_key on one connection. A protocol violation by the client
 * throws ProtocolError or TlDecodeError, and ends the connection.
 */
export class Handshake {
  readonly #options: HandshakeOptions
  #stage: Stage = { step: 'pq' }

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  answer(request: TlObject): TlObject {
    if (request._ === 'req_pq' || request._ === 'req_pq_multi') return this.#answerPq(request)
    if (request._ === 'req_DH_params') return this.#answerDhParams(request)
    if (request._ === 'set_client_DH_params') return this.#answerClientDh(request)
    throw new ProtocolError(`${request._} without encryption`, -404)
  }

  #answerPq(request: TlObject): TlObject {
    const nonces = { nonce: request['nonce'] as Buffer, serverNonce: randomBytes(16) }
    const primes = twoPrimes()
    this.#stage = { step: 'dh', nonces, primes }
    return {
      _: 'resPQ',
      nonce: nonces.nonce,
      server_nonce: nonces.serverNonce,
      pq: bigEndian(primes[0] * primes[1]),
      server_public_key_fingerprints: [this.#options.rsaKey.fingerprint],
    }
  }

  #answerDhParams(request: TlObject): TlObject {
    const stage = this.#stage
    if (stage.step !== 'dh') throw new ProtocolError('req_DH_params out of turn', -404)
    checkNonces(request, stage.nonces)
    checkFactors(request, stage.primes)
    if (request['public_key_fingerprint'] !== this.#options.rsaKey.fingerprint) {
      throw new ProtocolError('an unknown RSA key', -404)
    }
    const { rsaKey, schema } = this.#options
    const inner = openRsa(rsaKey, schema, request['encrypted_data'] as Buffer)
    if (!inner._.startsWith('p_q_inner_data')) {
      throw new ProtocolError(`${inner._} instead of p_q_inner_data`, -404)
    }
    checkNonces(inner, stage.nonces)
    checkFactors(inner, stage.primes)
    const newNonce = inner['new_nonce'] as Buffer
    if (!this.#isForUs(inner)) {
      this.#stage = { step: 'pq' }
      const hash = sha1(newNonce).subarray(4, 20)
      return answerTo(stage.nonces, { _: 'server_DH_params_fail', new_nonce_hash: hash })
    }
    return this.#offerDh(stage.nonces, newNonce)
  }

  /** False for temporary keys, and for clients that expect another data centre. */
  #isForUs(inner: TlObject): boolean {
    if (inner._ === 'p_q_inner_data') return true
    if (inner._ !== 'p_q_inner_data_dc') return false
    // Test data centres are numbered from 10000; media data centres have negative numbers.
    return Math.abs(inner['dc'] as number) % 10_000 === this.#options.dcId
  }

  #offerDh(nonces: Nonces, newNonce: Buffer): TlObject {
    const secret = randomBytes(DH_BYTES)
    const aes = handshakeAes(newNonce, nonces.serverNonce)
    const exchange = { ...nonces, newNonce, secret, aes }
    this.#stage = { step: 'key', exchange: { ...exchange, retries: 0, retryId: 0n } }
    const inner = this.#options.schema.layer(null).encode(
      answerTo(nonces, {
        _: 'server_DH_inner_data',
        g: DH_GENERATOR,
        dh_prime: DH_PRIME,
        g_a: generatorPow(secret),
        server_time: this.#unixTime(),
      }),
    )
    const padding = randomBytes((16 - ((20 + inner.length) % 16)) % 16)
    const plain = Buffer.concat([sha1(inner), inner, padding])
    const encrypted = igeEncrypt(plain, aes.key, aes.iv)
    return answerTo(nonces, { _: 'server_DH_params_ok', encrypted_answer: encrypted })
  }

  #answerClientDh(request: TlObject): TlObject {
    const stage = this.#stage
    if (stage.step !== 'key') throw new ProtocolError('set_client_DH_params out of turn', -404)
    const { exchange } = stage
    checkNonces(request, exchange)
    const inner = this.#openClientDh(exchange, request['encrypted_data'] as Buffer)
    checkNonces(inner, exchange)
    const gB = inner['g_b'] as Buffer
    if (inner['retry_id'] !== exchange.retryId) throw new ProtocolError('a wrong retry_id', -404)
    if (!isSafePublicValue(gB)) throw new ProtocolError('g_b out of range', -404)
    return this.#conclude(exchange, modPow(gB, exchange.secret))
  }

  #openClientDh(exchange: Exchange, encrypted: Buffer): TlObject {
    if (encrypted.length < 32 || encrypted.length % 16 !== 0) {
      throw new ProtocolError('client DH data of a wrong length', -404)
    }
    const plain = igeDecrypt(encrypted, exchange.aes.key, exchange.aes.iv)
    const { value, length } = this.#options.schema.decodePrefix(plain.subarray(20))
    const isWhole = plain.length - 20 - length < 16
    const digest = sha1(plain.subarray(20, 20 + length))
    if (!isWhole || !timingSafeEqual(digest, plain.subarray(0, 20))) {
      throw new ProtocolError('client DH data with a wrong hash', -404)
    }
    if (value._ !== 'client_DH_inner_data') throw new ProtocolError(`${value._} as DH data`, -404)
    return value
  }

  #conclude(exchange: Exchange, bytes: Buffer): TlObject {
    const digest = sha1(bytes)
    const auxHash = digest.subarray(0, 8)
    const id = digest.toString('hex', 12)
    const hash = (outcome: 1 | 2 | 3) => newNonceHash(exchange.newNonce, outcome, bytes)
    const { keys, dcId, refuse } = this.#options
    const refusal = refuse?.() ?? null
    if (keys.get(id) === undefined && refusal === null) {
      this.#stage = { step: 'pq' }
      const key = newKey({ id, bytes, dcId, createdAt: this.#unixTime() })
      keys.add(key)
      this.#options.onKey(key, firstSalt(exchange))
      return answerTo(exchange, { _: 'dh_gen_ok', new_nonce_hash1: hash(1) })
    }
    if (exchange.retries < MAX_RETRIES && refusal !== 'dh_gen_fail') {
      exchange.retries += 1
      exchange.retryId = auxHash.readBigInt64LE()
      return answerTo(exchange, { _: 'dh_gen_retry', new_nonce_hash2: hash(2) })
    }
    this.#stage = { step: 'pq' }
    return answerTo(exchange, { _: 'dh_gen_fail', new_nonce_hash3: hash(3) })
  }

  #unixTime(): number {
    return Math.floor(this.#options.clock() / 1000)
  }
}

function newKey(key: Pick<AuthKey, 'id' | 'bytes' | 'dcId' | 'createdAt'>): AuthKey {
  return {
    ...key,
    layer: null,
    apiId: null,
    device: null,
    accountId: null,
    receivesUpdates: true,
  }
}

function firstSalt({ newNonce, serverNonce }: Exchange): bigint {
  return newNonce.readBigInt64LE() ^ serverNonce.readBigInt64LE()
}

function answerTo(nonces: Nonces, object: TlObject): TlObject {
  return { ...object, nonce: nonces.nonce, server_nonce: nonces.serverNonce }
}

function checkNonces(object: TlObject, { nonce, serverNonce }: Nonces): void {
  const matches =
    nonce.equals(object['nonce'] as Buffer) && serverNonce.equals(object['server_nonce'] as Buffer)
  if (!matches) throw new ProtocolError('a wrong nonce', -404)
}

function checkFactors(object: TlObject, [p, q]: readonly [bigint, bigint]): void {
  const matches =
    isNumber(object['p'] as Buffer, p) &&
    isNumber(object['q'] as Buffer, q) &&
    (object['pq'] === undefined || isNumber(object['pq'] as Buffer, p * q))
  if (!matches) throw new ProtocolError('wrong factors', -404)
}

function isNumber(bytes: Buffer, expected: bigint): boolean {
  return bytes.length <= 8 && BigInt(`0x0${bytes.toString('hex')}`) === expected
}

/** Two different 31-bit primes, the smaller first. Factoring their product is the client's proof of work. */
function twoPrimes(): readonly [bigint, bigint] {
  const p = generatePrimeSync(31, { bigint: true })
  const q = generatePrimeSync(31, { bigint: true })
  if (p === q) return twoPrimes()
  return p < q ? [p, q] : [q, p]
}

function bigEndian(number: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(number)
  return bytes
}

function sha1(...parts: Buffer[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
