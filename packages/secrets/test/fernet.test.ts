import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidKey, InvalidToken } from '../src/errors.ts'
import { generateFernetKey, openFernet, parseFernetKey, sealFernet } from '../src/fernet.ts'
import { GENERATE, INVALID, SECRET, VERIFY } from './spec-vectors.ts'

const key = parseFernetKey(SECRET)

describe('the published vectors', () => {
  test('generate.json', () => {
    const options = { iv: Buffer.from(GENERATE.iv), now: new Date(GENERATE.now) }
    expect(sealFernet(key, Buffer.from(GENERATE.src), options)).toBe(GENERATE.token)
  })

  test('verify.json', () => {
    const options = { ttlSeconds: VERIFY.ttlSeconds, now: new Date(VERIFY.now) }
    expect(openFernet(key, VERIFY.token, options).toString()).toBe(VERIFY.src)
  })

  test.each(INVALID)('invalid.json: $desc', ({ token, now, reason }) => {
    const open = () => openFernet(key, token, { ttlSeconds: 60, now: new Date(now) })
    expect(open).toThrow(new InvalidToken(reason))
  })
})

describe('age', () => {
  const made = new Date('2026-01-01T00:00:00Z')
  const token = sealFernet(key, Buffer.from('x'), { now: made })
  const openAfter = (seconds: number) => () =>
    openFernet(key, token, { ttlSeconds: 10, now: new Date(made.getTime() + seconds * 1000) })

  test('a token is valid through the last second of its time to live and with 60 s of clock skew', () => {
    expect(openAfter(10)().toString()).toBe('x')
    expect(openAfter(-60)().toString()).toBe('x')
  })

  test('a token is refused one second after its time to live or beyond the clock skew', () => {
    expect(openAfter(11)).toThrow('expired')
    expect(openAfter(-61)).toThrow('future')
  })

  test('without a time to live a token does not expire', () => {
    expect(openFernet(key, token, { now: new Date(0) }).toString()).toBe('x')
    expect(openFernet(key, token, { now: new Date('2100-01-01') }).toString()).toBe('x')
  })
})

describe('random input', () => {
  const bytes = fc.uint8Array({ maxLength: 500 })

  test('a decrypted token equals its plaintext', () => {
    fc.assert(
      fc.property(bytes, (plaintext) => {
        expect(openFernet(key, sealFernet(key, Buffer.from(plaintext)))).toEqual(
          Buffer.from(plaintext),
        )
      }),
    )
  })

  test('a token with one flipped bit is refused', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (plaintext, position) => {
        const altered = Buffer.from(sealFernet(key, Buffer.from(plaintext)), 'base64url')
        const bit = position % (altered.length * 8)
        altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        const token = altered.toString('base64url')
        const padded = token.padEnd(Math.ceil(token.length / 4) * 4, '=')
        expect(() => openFernet(key, padded)).toThrow(InvalidToken)
      }),
    )
  })

  test('random text is refused as a token', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => openFernet(key, text)).toThrow(InvalidToken)
      }),
    )
  })
})

describe('keys', () => {
  test.each(['', 'short', SECRET.slice(0, -1), `${SECRET}=`, SECRET.replaceAll('_', '/')])(
    '%j is refused, and the error does not repeat it',
    (text) => {
      const parse = () => parseFernetKey(text)
      expect(parse).toThrow(InvalidKey)
      expect(parse).toThrow(/^expected 32 bytes in base64url with padding/)
    },
  )

  test('a printed or serialised key does not reveal its bytes', () => {
    const printed = inspect(key, { depth: 10, showHidden: true }) + JSON.stringify(key)
    expect(printed).not.toContain('cw_0')
    expect(printed).not.toContain('73 0f f4')
  })

  test('keys:generate prints a valid key', () => {
    const script = fileURLToPath(new URL('../src/generate-key.ts', import.meta.url))
    const printed = execFileSync(process.execPath, [script], { encoding: 'utf8' })
    expect(printed).toMatch(/^[\w-]{43}=\n$/)
    const generated = parseFernetKey(printed.trim())
    expect(openFernet(generated, sealFernet(generated, Buffer.from('x'))).toString()).toBe('x')
  })
})

const python = (script: string, ...args: string[]) =>
  spawnSync('python3', ['-c', script, ...args], { encoding: 'utf8' })
const hasCryptography = python('import cryptography').status === 0

describe.skipIf(!hasCryptography)("Python's cryptography", () => {
  const text = generateFernetKey()
  const plaintext = '1BVtsOK8Bu… ünïcode \n'

  test('decrypts our tokens', () => {
    const token = sealFernet(parseFernetKey(text), Buffer.from(plaintext))
    const script =
      'import sys; from cryptography.fernet import Fernet; sys.stdout.buffer.write(Fernet(sys.argv[1]).decrypt(sys.argv[2].encode()))'
    const { stdout, stderr } = python(script, text, token)
    expect(stderr).toBe('')
    expect(stdout).toBe(plaintext)
  })

  test('encrypts tokens that we decrypt', () => {
    const script =
      'import sys; from cryptography.fernet import Fernet; print(Fernet(sys.argv[1]).encrypt(sys.argv[2].encode()).decode())'
    const { stdout } = python(script, text, plaintext)
    const opened = openFernet(parseFernetKey(text), stdout.trim(), { ttlSeconds: 60 })
    expect(opened.toString()).toBe(plaintext)
  })
})
