import fc from 'fast-check'
import { StringSession } from 'telegram/sessions/index.js'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { describe, expect, test } from 'vitest'
import { parseSessionString } from '../src/index.ts'

const dcId = fc.integer({ min: 1, max: 5 })
const authKey = fc
  .uint8Array({ minLength: 256, maxLength: 256 })
  .filter((key) => key.some((byte) => byte !== 0))
  .map((key) => Buffer.from(key))
const port = fc.integer({ min: 0, max: 32_767 })
const userId = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })

function big(bytes: number, value: number | bigint): Buffer {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value))
  else buffer.writeUIntBE(Number(value), 0, bytes)
  return buffer
}

/** Python's `urlsafe_b64encode`. */
const padded = (bytes: Buffer) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')

const telethon = fc
  .tuple(
    dcId,
    authKey,
    port,
    fc
      .constantFrom(4, 16)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  )
  .map(([dc, key, port, address]) => ({
    dc,
    key,
    text: `1${padded(Buffer.concat([big(1, dc), address, big(2, port), key]))}`,
  }))

const pyrogram = fc
  .tuple(dcId, authKey, userId, fc.constantFrom('351', '356', '362'), fc.nat(2 ** 31))
  .map(([dc, key, user, form, apiId]) => {
    const id = form === '351' ? big(4, user & 0xffff_ffffn) : big(8, user)
    const api = form === '362' ? big(4, apiId) : Buffer.alloc(0)
    const bytes = Buffer.concat([big(1, dc), api, big(1, 0), key, id, big(1, 0)])
    return { dc, key, text: bytes.toString('base64url') }
  })

async function gramjsString(dc: number, key: Buffer, ip: string): Promise<string> {
  const session = new StringSession('')
  session.setDC(dc, ip, 443)
  const authKey = new AuthKey()
  await authKey.setKey(key)
  session.setAuthKey(authKey)
  return session.save()
}

/** Characters of the shortest format (263 bytes). */
const SHORTEST = 351

describe('session strings', () => {
  test.each([
    ['Telethon', telethon],
    ['Pyrogram', pyrogram],
  ])(
    'a session string of %s gives data centre and auth key, with white space around',
    (_name, strings) => {
      fc.assert(
        fc.property(strings, ({ dc, key, text }) => {
          const expected = { status: 'ok', login: { dcId: dc, authKey: key } }
          expect(parseSessionString(text)).toEqual(expected)
          expect(parseSessionString(` ${text.replace(/=+$/, '')}\n`)).toEqual(expected)
        }),
      )
    },
  )

  test.each([
    ['wrapped lines', (text: string) => text.replaceAll(/.{1,64}/g, '$&\r\n')],
    ['quotes', (text: string) => `"${text}"`],
    ['typographic quotes', (text: string) => `“${text}”`],
    ['a line of source code each', (text: string) => text.replaceAll(/.{1,70}/g, "  '$&'\n")],
    ['continued lines of a shell', (text: string) => text.replaceAll(/.{100}/g, '$&\\\n')],
    ['invisible characters', (text: string) => `\uFEFF${text.slice(0, 9)}\u200B${text.slice(9)}`],
  ])('a session string pasted with %s is read', (_name, pasted) => {
    fc.assert(
      fc.property(fc.oneof(telethon, pyrogram), ({ dc, key, text }) => {
        const expected = { status: 'ok', login: { dcId: dc, authKey: key } }
        expect(parseSessionString(pasted(text))).toEqual(expected)
      }),
    )
  })

  test('the generated session strings have the lengths of Telethon and Pyrogram', () => {
    fc.assert(fc.property(telethon, ({ text }) => [353, 369].includes(text.length)))
    fc.assert(fc.property(pyrogram, ({ text }) => [351, 356, 362].includes(text.length)))
  })

  test('a session string written by GramJS gives data centre and auth key', async () => {
    await fc.assert(
      fc.asyncProperty(
        dcId,
        authKey,
        fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
        async (dc, key, ip) => {
          expect(parseSessionString(await gramjsString(dc, key, ip))).toEqual({
            status: 'ok',
            login: { dcId: dc, authKey: key },
          })
        },
      ),
    )
  })

  test('a truncated session string is refused with a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(telethon, pyrogram), fc.nat(), ({ text }, at) => {
        // Cut below the shortest format: a longer Pyrogram string can be cut to the length of a shorter format.
        const cut = text.slice(0, at % SHORTEST)
        expect(parseSessionString(cut)).toMatchObject({
          status: 'rejected',
          detail: expect.stringMatching(/^[A-Z].{10,}/),
        })
      }),
    )
  })

  test('parsing any text never throws, and the refusal does not quote it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 2000 }),
          fc.base64String({ maxLength: 1200 }).map((text) => `1${text}`),
          fc.base64String({ maxLength: 400 }),
        ),
        (text) => {
          const read = parseSessionString(text)
          if (read.status === 'ok') expect(read.login.authKey).toHaveLength(256)
          else if (text.length > 16) expect(read.detail).not.toContain(text.slice(0, 64))
        },
      ),
    )
  })

  test.each([
    ['no characters', '', 'not_a_session'],
    ['a sentence', 'this is my session', 'not_a_session'],
    ['only the version', '1', 'damaged'],
    [
      'an unknown data centre',
      `1${padded(Buffer.concat([big(1, 9), Buffer.alloc(6), Buffer.alloc(256, 7)]))}`,
      'unknown_data_centre',
    ],
    [
      'a key of zeros',
      `1${padded(Buffer.concat([big(1, 2), Buffer.alloc(6 + 256)]))}`,
      'not_logged_in',
    ],
    ['a megabyte', 'A'.repeat(1024 * 1024), 'too_large'],
  ])('a session string with %s is refused', (_name, text, reason) => {
    expect(parseSessionString(text)).toMatchObject({ status: 'rejected', reason })
  })
})
