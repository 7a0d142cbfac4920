import { expect, test } from 'vitest'
import { returnBigInt } from 'telegram/Helpers.js'
import { computeCheck } from 'telegram/Password.js'
import { Api } from 'telegram/tl/index.js'
import { DH_PRIME } from './dh.ts'
import {
  checkProof,
  createChallenge,
  createPasswordSettings,
  passwordAlgorithm,
  type PasswordSettings,
  type SrpChallenge,
} from './srp.ts'

async function gramjsProof(settings: PasswordSettings, challenge: SrpChallenge, password: string) {
  const { salt1, salt2, g, p } = passwordAlgorithm(settings) as unknown as {
    salt1: Buffer
    salt2: Buffer
    g: number
    p: Buffer
  }
  const request = {
    currentAlgo: new Api.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow({
      salt1,
      salt2,
      g,
      p,
    }),
    srp_B: challenge.publicValue,
    srpId: returnBigInt(challenge.id),
  }
  return computeCheck(request as unknown as Api.account.Password, password)
}

test('GramJS proves the right password and no other', async () => {
  const settings = await createPasswordSettings('telegather ü')
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const challenge = createChallenge(settings)
    const proof = await gramjsProof(settings, challenge, 'telegather ü')
    expect(proof.srpId.toString()).toBe(challenge.id.toString())
    const { A, M1 } = proof
    expect(checkProof(settings, challenge, { A, M1 })).toBe(true)
    expect(checkProof(settings, createChallenge(settings), { A, M1 })).toBe(false)
  }
  const challenge = createChallenge(settings)
  const { A, M1 } = await gramjsProof(settings, challenge, 'telegather')
  expect(checkProof(settings, challenge, { A, M1 })).toBe(false)
})

test('equal passwords have different verifiers', async () => {
  const [first, second] = await Promise.all([
    createPasswordSettings('a'),
    createPasswordSettings('a'),
  ])
  expect(first.verifier).not.toEqual(second.verifier)
})

test('malformed proofs are wrong, not errors', async () => {
  const settings = await createPasswordSettings('x')
  const challenge = createChallenge(settings)
  const M1 = Buffer.alloc(32)
  for (const A of [
    Buffer.alloc(0),
    Buffer.alloc(256),
    DH_PRIME,
    Buffer.of(2),
    Buffer.alloc(300, 1),
  ]) {
    expect(checkProof(settings, challenge, { A, M1 })).toBe(false)
  }
  const A = Buffer.alloc(256, 0x55)
  expect(checkProof(settings, challenge, { A, M1: Buffer.alloc(31) })).toBe(false)
  expect(checkProof(settings, challenge, { A, M1 })).toBe(false)
})
