import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newestMessage, twoAccounts, type TwoAccounts } from './two-accounts.ts'

let accounts: TwoAccounts

beforeAll(async () => {
  accounts = await twoAccounts()
})

afterAll(() => accounts.close())

/** The entities received by the other side, and the words that they cover. */
async function received(
  text: string,
  entities: Api.TypeMessageEntity[] = [],
): Promise<[string, string][]> {
  const { nora, emil } = accounts
  await accounts.say(text, { entities })
  const message = await newestMessage(emil.client, nora.peer)
  return (message.entities ?? []).map(({ className, offset, length }) => [
    className.slice('MessageEntity'.length),
    message.message.slice(offset, offset + length),
  ])
}

test('a person is mentioned by an InputPeer, as Telethon and GramJS do', async () => {
  const { nora, emil } = accounts
  const userId = emil.peer as unknown as Api.InputUser
  const mention = new Api.InputMessageEntityMentionName({ offset: 0, length: 3, userId })
  await accounts.say('you there', { entities: [mention] })
  expect((await newestMessage(emil.client, nora.peer)).entities).toMatchObject([
    { className: 'MessageEntityMentionName', offset: 0, length: 3, userId: emil.peer.userId },
  ])
  const notUser = new Api.InputPeerChat({ chatId: emil.peer.userId }) as unknown as Api.InputUser
  const invalid = new Api.InputMessageEntityMentionName({ offset: 0, length: 3, userId: notUser })
  await expect(accounts.say('you there', { entities: [invalid] })).rejects.toMatchObject({
    errorMessage: 'ENTITY_MENTION_USER_INVALID',
  })
})

test.each([
  ['see https://example.org/a?b=1#c.', [['Url', 'https://example.org/a?b=1#c']]],
  ['(http://example.org/x_(y)), ok', [['Url', 'http://example.org/x_(y)']]],
  [
    'at example.com/path or t.me/durov!',
    [
      ['Url', 'example.com/path'],
      ['Url', 't.me/durov'],
    ],
  ],
  ['notes.txt and 1.5 are none', []],
  ['ask @emil_lind, not a@b or @_x', [['Mention', '@emil_lind']]],
  ['write to ada.l+x@mail.example.org', [['Email', 'ada.l+x@mail.example.org']]],
  [
    '#tag #тег_2 #123 a#b ##c',
    [
      ['Hashtag', '#tag'],
      ['Hashtag', '#тег_2'],
    ],
  ],
  ['$USD and $usd, $TOOLONGNAME', [['Cashtag', '$USD']]],
  [
    '/start now, /help@some_bot, and/or a/b',
    [
      ['BotCommand', '/start'],
      ['BotCommand', '/help@some_bot'],
    ],
  ],
])('what %j contains is found', async (text, expected) => {
  expect(await received(text)).toEqual(expected)
})

test('entities are detected next to bold text, but not in code and links', async () => {
  const entities = [
    new Api.MessageEntityCode({ offset: 0, length: 5 }),
    new Api.MessageEntityTextUrl({ offset: 6, length: 4, url: 'https://example.org/' }),
    new Api.MessageEntityBold({ offset: 11, length: 8 }),
  ]
  expect(await received('#code #url #bold #x', entities)).toEqual([
    ['Code', '#code'],
    ['TextUrl', '#url'],
    ['Bold', '#bold #x'],
    ['Hashtag', '#bold'],
    ['Hashtag', '#x'],
  ])
})
