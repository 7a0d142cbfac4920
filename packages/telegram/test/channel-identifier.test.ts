import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseChannelIdentifier } from '../src/reading/channel-identifier.ts'
import { bareChannelId, markedChannelId, markedId, peerOfMarkedId } from '../src/peer-id.ts'

const username = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{3,31}$/)
const bareId = fc.bigInt({ min: 1n, max: 999_999_999_999n }).map(String)

describe('parsing a channel identifier', () => {
  test('a username, with or without @, and links with a username are parsed', () => {
    const forms = [
      (name: string) => name,
      (name: string) => `@${name}`,
      (name: string) => ` t.me/${name} `,
      (name: string) => `https://t.me/${name}/42?single`,
      (name: string) => `http://www.telegram.me/${name}`,
      (name: string) => `https://t.me/s/${name}#x`,
      (name: string) => `https://${name}.t.me`,
      (name: string) => `${name}.t.me/42?single`,
      (name: string) => `tg://resolve?domain=${name}`,
      (name: string) => `tg:resolve?post=42&domain=${name}`,
      (name: string) => `https://web.telegram.org/#@${name}`,
      (name: string) => `https://web.telegram.org/a/#@${name}`,
      (name: string) => `web.telegram.org/k/#@${name}`,
      (name: string) => `https://web.telegram.org/z/?x=1#@${name}?post=42`,
      (name: string) => `https://web.telegram.org/#/im?p=@${name}`,
      (name: string) =>
        `https://web.telegram.org/k/#?tgaddr=${encodeURIComponent(`tg://resolve?domain=${name}`)}`,
    ]
    fc.assert(
      fc.property(username, fc.constantFrom(...forms), (name, form) => {
        fc.pre(!['joinchat', 'addstickers', 'addemoji', 'proxy', 'socks', 'share'].includes(name))
        expect(parseChannelIdentifier(form(name))).toEqual({ by: 'username', username: name })
      }),
    )
  })

  test('an id is parsed, whether bare, marked or in a private link', () => {
    fc.assert(
      fc.property(bareId, (id) => {
        const marked = markedChannelId(id)
        for (const form of [
          id,
          marked,
          `https://t.me/c/${id}/7`,
          `tg://privatepost?channel=${id}&post=7`,
          `https://web.telegram.org/a/#${marked}`,
          `https://web.telegram.org/k/#${marked}`,
          `https://web.telegram.org/a/#${marked}_7`,
          `https://web.telegram.org/k/#-${id}`,
        ]) {
          expect(parseChannelIdentifier(form)).toEqual({ by: 'id', id })
        }
      }),
    )
  })

  test.each([
    'https://t.me/+AbCd_f01-345',
    't.me/joinchat/AbCd_f01-345?x=1',
    'http://telegram.me/+AbCd_f01-345/',
    'tg://join?invite=AbCd_f01-345',
  ])('the invite link %s is parsed', (link) => {
    expect(parseChannelIdentifier(link)).toEqual({ by: 'invite', hash: 'AbCd_f01-345' })
  })

  test.each([
    '',
    '@',
    'abc',
    '@1abcd',
    'two words',
    '-100',
    '-42',
    '0',
    '99999999999999999999',
    'https://t.me/+491512345678',
    'https://t.me/joinchat',
    'https://t.me/+',
    'https://t.me/addstickers/Animals',
    'https://t.me/c/-1001234/5',
    'https://example.com/durov',
    'https://www.t.me',
    'https://example.t.me.org',
    'tg://resolve?phone=491512345678',
    'tg://settings',
    'tg://privatepost?channel=-1001234&post=5',
    'https://web.telegram.org/k/',
    'https://web.telegram.org/a/#-42',
    'https://web.telegram.org/a/#777000',
    'https://web.telegram.org.example.com/#@durov',
  ])('%j is not an identifier', (text) => {
    expect(parseChannelIdentifier(text)).toBeNull()
  })

  test('parsing never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseChannelIdentifier(text)))
  })
})

test('a channel’s marked id is converted back to its bare id', () => {
  expect(markedChannelId('1234567890')).toBe('-1001234567890')
  fc.assert(
    fc.property(bareId, (id) => {
      expect(bareChannelId(markedChannelId(id))).toBe(id)
    }),
  )
})

test('a marked id gives the peer’s kind and bare id, for bare ids of any length', () => {
  expect(markedChannelId('12345')).toBe('-1000000012345')
  expect(markedChannelId('12345678901')).toBe('-1012345678901')
  expect(markedChannelId('123456789012')).toBe('-1123456789012')
  const smallId = fc.bigInt({ min: 1n, max: 999_999_999_999n }).map(String)
  fc.assert(
    fc.property(smallId, (id) => {
      const marked = [
        markedId({ _: 'peerUser', user_id: id }),
        markedId({ _: 'peerChat', chat_id: id }),
        markedId({ _: 'peerChannel', channel_id: id }),
      ]
      const kinds = ['user', 'group', 'channel']
      expect(marked.map(peerOfMarkedId)).toEqual(kinds.map((kind) => ({ kind, id })))
    }),
  )
})
