import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { TlObject, TlValue } from '../tl/object.ts'
import { igeDecrypt, igeEncrypt } from './aes-ige.ts'
import { memoryAuthKeys, type AuthKey, type AuthKeyStore } from './auth-key.ts'
import { systemClock } from './clock.ts'
import { DH_PRIME, generatorPow, modPow } from './dh.ts'
import { Handshake } from './handshake.ts'
import { ProtocolError } from './protocol-error.ts'
import { rsaKey, schema } from './test-centre.ts'
import * as clientRsa from './test-rsa.ts'

interface Client {
  readonly handshake: Handshake
  readonly createdKeys: { key: AuthKey; salt: bigint }[]
  readonly nonces: { nonce: Buffer; server_nonce: Buffer }
  readonly newNonce: Buffer
  /** `p_q_inner_data` and `req_DH_params`, without the fields that the tests vary. */
  readonly inner: TlObject
  readonly request: TlObject
}

/** A client that has completed the first step and factored pq. */
function begin(keys: AuthKeyStore = memoryAuthKeys(), method = 'req_pq_multi'): Client {
  const createdKeys: { key: AuthKey; salt: bigint }[] = []
  const handshake = new Handshake({
    dcId: 2,
    rsaKey,
    keys,
    schema,
    onKey: (key, salt) => void createdKeys.push({ key, salt }),
    clock: systemClock,
  })
  const nonce = randomBytes(16)
  const first = handshake.answer({ _: method, nonce })
  expect(first['server_public_key_fingerprints']).toEqual([rsaKey.fingerprint])
  const nonces = { nonce, server_nonce: first['server_nonce'] as Buffer }
  const pq = first['pq'] as Buffer
  const [p, q] = factor(pq)
  const newNonce = randomBytes(32)
  const inner = { _: 'p_q_inner_data', pq, p, q, ...nonces, new_nonce: newNonce }
  const request: TlObject = {
    _: 'req_DH_params',
    ...nonces,
    p,
    q,
    public_key_fingerprint: rsaKey.fingerprint,
  }
  return { handshake, createdKeys, nonces, newNonce, inner, request }
}

const oldPadding = (data: Buffer, hash?: Buffer) =>
  clientRsa.oldPadding(rsaKey.publicKeyPem, data, hash)
const rsaPad = (data: Buffer) => clientRsa.rsaPad(rsaKey.publicKeyPem, data)
const encode = (object: TlObject) => schema.layer(null).encode(object)

function offer(
  client: Client,
  inner = client.inner,
  pad: (data: Buffer) => Buffer = oldPadding,
): TlObject {
  const encrypted_data = pad(encode(inner))
  return client.handshake.answer({ ...client.request, encrypted_data })
}

/** The second half, up to the request; `change` overrides fields of the inner data. */
function finish(client: Client, offered: TlObject, change: Record<string, TlValue> = {}) {
  const { newNonce, nonces, handshake } = client
  const server = nonces.server_nonce
  const serverNew = sha1(server, newNonce)
  const key = Buffer.concat([sha1(newNonce, server), serverNew.subarray(0, 12)])
  const iv = Buffer.concat([
    serverNew.subarray(12),
    sha1(newNonce, newNonce),
    newNonce.subarray(0, 4),
  ])
  const plain = igeDecrypt(offered['encrypted_answer'] as Buffer, key, iv)
  const { value, length } = schema.decodePrefix(plain.subarray(20))
  expect(sha1(plain.subarray(20, 20 + length))).toEqual(plain.subarray(0, 20))
  expect(value).toMatchObject({ _: 'server_DH_inner_data', ...nonces, g: 3, dh_prime: DH_PRIME })
  const b = randomBytes(256)
  const data = encode({
    _: 'client_DH_inner_data',
    ...nonces,
    retry_id: 0n,
    g_b: generatorPow(b),
    ...change,
  })
  const padding = randomBytes((16 - ((20 + data.length) % 16)) % 16)
  const encrypted_data = igeEncrypt(Buffer.concat([sha1(data), data, padding]), key, iv)
  const answer = handshake.answer({ _: 'set_client_DH_params', ...nonces, encrypted_data })
  return { answer, authKey: modPow(value['g_a'] as Buffer, b) }
}

function newNonceHash(newNonce: Buffer, outcome: number, authKey: Buffer): Buffer {
  return sha1(newNonce, Buffer.of(outcome), sha1(authKey).subarray(0, 8)).subarray(4)
}

test.each([
  ['the old padding', 'req_pq', oldPadding],
  ['RSA_PAD', 'req_pq_multi', rsaPad],
])('makes a key with %s', (_name, method, pad) => {
  const client = begin(memoryAuthKeys(), method)
  const { answer, authKey } = finish(client, offer(client, client.inner, pad))
  expect(answer).toEqual({
    _: 'dh_gen_ok',
    ...client.nonces,
    new_nonce_hash1: newNonceHash(client.newNonce, 1, authKey),
  })
  const [created] = client.createdKeys
  expect(created?.key).toMatchObject({
    bytes: authKey,
    dcId: 2,
    id: sha1(authKey).toString('hex', 12),
  })
  const salt = client.newNonce.readBigInt64LE() ^ client.nonces.server_nonce.readBigInt64LE()
  expect(created?.salt).toBe(salt)
})

test('p_q_inner_data_dc is accepted for this data centre only', () => {
  for (const dc of [2, 10_002, -2]) {
    const client = begin()
    const inner = { ...client.inner, _: 'p_q_inner_data_dc', dc }
    expect(offer(client, inner, rsaPad)._).toBe('server_DH_params_ok')
  }
  const client = begin()
  const answer = offer(client, { ...client.inner, _: 'p_q_inner_data_dc', dc: 4 }, rsaPad)
  const hash = sha1(client.newNonce).subarray(4)
  expect(answer).toEqual({ _: 'server_DH_params_fail', ...client.nonces, new_nonce_hash: hash })
})

test.each(['p_q_inner_data_temp', 'p_q_inner_data_temp_dc'])(
  '%s is refused: the data centre has no temporary keys',
  (name) => {
    const client = begin()
    const inner = { ...client.inner, _: name, dc: 2, expires_in: 3600 }
    expect(offer(client, inner, rsaPad)._).toBe('server_DH_params_fail')
  },
)

test('a key whose id is in use is retried, and finally refused', () => {
  const store = memoryAuthKeys()
  const taken = { ...store, get: () => ({}) as AuthKey }
  const client = begin(taken)
  const offered = offer(client)
  let retryId = 0n
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { answer, authKey } = finish(client, offered, { retry_id: retryId })
    expect(answer).toMatchObject({
      _: 'dh_gen_retry',
      new_nonce_hash2: newNonceHash(client.newNonce, 2, authKey),
    })
    retryId = sha1(authKey).readBigInt64LE()
  }
  const { answer, authKey } = finish(client, offered, { retry_id: retryId })
  expect(answer).toMatchObject({
    _: 'dh_gen_fail',
    new_nonce_hash3: newNonceHash(client.newNonce, 3, authKey),
  })
  expect(client.createdKeys).toEqual([])
})

const number = (value: bigint) => Buffer.from(value.toString(16).padStart(512, '0'), 'hex')
const prime = BigInt(`0x${DH_PRIME.toString('hex')}`)

test.each([
  ['0', Buffer.alloc(0)],
  ['1', Buffer.of(1)],
  ['too small', number((1n << 1984n) - 1n)],
  ['too large', number(prime - (1n << 1984n) + 1n)],
  ['p - 1', number(prime - 1n)],
  ['p', DH_PRIME],
  ['longer than p', Buffer.concat([Buffer.of(1), Buffer.alloc(256)])],
])('a g_b of %s is refused', (_name, g_b) => {
  const client = begin()
  const offered = offer(client)
  expect(() => finish(client, offered, { g_b })).toThrow('g_b out of range')
})

test('every message that is not part of the exchange ends it', () => {
  const stranger = { nonce: randomBytes(16), server_nonce: randomBytes(16) }
  const refused = (act: (client: Client) => unknown) => {
    const client = begin()
    expect(() => act(client)).toThrow(ProtocolError)
  }
  refused((client) => client.handshake.answer({ _: 'help.getConfig' }))
  refused((client) => finish(client, offer(client), stranger))
  refused((client) => finish(client, offer(client), { retry_id: 1n }))
  refused((client) => offer(client, { ...client.inner, ...stranger }))
  refused((client) => offer(client, { ...client.inner, p: client.inner['q'] }))
  refused((client) => offer({ ...client, request: { ...client.request, ...stranger } }))
  refused((client) => offer({ ...client, request: { ...client.request, p: Buffer.of(3) } }))
  refused((client) => offer(client, { ...client.inner, _: 'req_pq' }))
  refused((client) => offer(client, client.inner, () => randomBytes(255)))
  refused((client) => offer(client, client.inner, () => Buffer.alloc(256, 0xff)))
  refused((client) => offer(client, client.inner, (data) => oldPadding(data, randomBytes(20))))
  refused((client) => {
    const foreign = { ...client.request, public_key_fingerprint: 1n }
    return offer({ ...client, request: foreign })
  })
  refused((client) => {
    offer(client)
    return offer(client)
  })
})

function sha1(...parts: Buffer[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest()
}

/** Pollard's rho algorithm. */
function factor(bytes: Buffer): readonly [Buffer, Buffer] {
  const n = bytes.readBigUInt64BE()
  const step = (x: bigint, c: bigint) => (x * x + c) % n
  for (let c = 1n; ; c += 1n) {
    let [x, y, divisor] = [2n, 2n, 1n]
    while (divisor === 1n) {
      x = step(x, c)
      y = step(step(y, c), c)
      divisor = gcd(x > y ? x - y : y - x, n)
    }
    if (divisor === n) continue
    const [p, q] = divisor < n / divisor ? [divisor, n / divisor] : [n / divisor, divisor]
    return [bigEndian(p), bigEndian(q)]
  }
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Number(value))
  return bytes
}
