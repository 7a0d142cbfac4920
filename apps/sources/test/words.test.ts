import type { MessageContent } from '@telegather/contracts'
import { tsvectorText } from '@telegather/db'
import { createTestDatabase } from '@telegather/db/testing'
import { contentOf } from '@telegather/telegram'
import { expect, inject, onTestFinished, test } from 'vitest'
import { searchQuery, searchWords, type Searchable } from '../src/search/words.ts'

const NOTHING: Searchable = { text: '', entities: [], fileName: null, content: null }

async function matcher() {
  const database = await createTestDatabase(inject('postgresUrl'))
  onTestFinished(() => database.close())
  /** Whether the query matches the message, evaluated by Postgres. */
  return async (message: Partial<Searchable>, q: string): Promise<boolean> => {
    const words = tsvectorText(searchWords({ ...NOTHING, ...message }))
    const [row] = await database.db.$client<[{ found: boolean }]>`
      select ${words}::tsvector @@ ${searchQuery(q)}::tsquery as found`
    return row.found
  }
}

const link = (text: string) => ({
  text,
  entities: [{ type: 'url', offset: text.indexOf('http'), length: text.length }],
})

test.each([
  [
    '中国新闻社今日报道',
    ['中国', '新闻', '国新', '社', '报道', '道', '中国新闻社'],
    ['新中', '明'],
  ],
  ['AI中国，2024年', ['ai', '中国', 'AI 年', '2024'], ['国2']],
  ['東京タワー 서울특별시', ['タワー', '東京', '서울', '특별'], ['タ東']],
  ['Купил новую книгу ребёнка', ['книга', 'КНИГАМИ', 'ребенку', 'новая книга', '«книг»'], ['кни']],
  ['🔥Новости—города', ['новость', 'городу'], ['погода']],
  ['The ships were sailing', ['ship', 'sail', 'SAILED'], ['shi']],
  [
    "Menú del café, it's #hash_tag @user_name",
    ['menu', 'Café', "it's", 'hash_tag', 'tag'],
    ['caf'],
  ],
  ['İstanbul', ['istanbul', 'İSTANBUL'], []],
  ['', [], ['x', '!!!', "'", '\\', ':*']],
])('the words of %j are found in their other forms', async (text, found, missed) => {
  const matches = await matcher()
  for (const q of found) expect([q, await matches({ text }, q)]).toEqual([q, true])
  for (const q of missed) expect([q, await matches({ text }, q)]).toEqual([q, false])
})

test.each([
  ['stress marks', 'за\u0301мок на горе\u0301', 'замок на горе', 'зимок'],
  ['stress marks as letters', 'ѐсли ѝ', 'если и', 'ило'],
  ['vowel signs of Hebrew', 'שָׁלוֹם', 'שלום', 'שלם'],
  ['vowel signs of Arabic', 'السَّلَامُ عَلَيْكُمْ', 'السلام عليكم', 'سلم'],
  ['a tatweel', 'محـــمد', 'محمد', 'محد'],
  ['soft hyphens', 'Donau\u00ADdampf\u00ADschiff', 'Donaudampfschiff', 'Donau'],
  ['a zero-width joiner', 'می\u200Cخواهم', 'میخواهم', 'خواهم'],
  ['Greek accents', 'Αθήνα', 'αθηνα', 'αθ'],
  ['Vietnamese accents', 'Tiếng Việt', 'tieng viet', 'tien'],
  ['decomposed letters', 'Cafe\u0301 \u0435\u0308лка', 'café елка', 'caf'],
  ['a keycap', '1\uFE0F\u20E3 место', '1 место', '2'],
])('%s are ignored in texts and in queries', async (_, marked, plain, other) => {
  const matches = await matcher()
  expect(await matches({ text: marked }, plain)).toBe(true)
  expect(await matches({ text: plain }, marked)).toBe(true)
  expect(await matches({ text: marked }, marked)).toBe(true)
  expect(await matches({ text: marked }, other)).toBe(false)
})

test.each([
  ['йод', 'иод'],
  ['її', 'іі'],
  ['हिन्दी', 'हन्द'],
  ['ภาษาไทย', 'ภาษไทย'],
])('letters that need their marks keep them: %s is not %s', async (text, other) => {
  const matches = await matcher()
  expect(await matches({ text }, text)).toBe(true)
  expect(await matches({ text: text.normalize('NFD') }, text)).toBe(true)
  expect(await matches({ text }, other)).toBe(false)
})

test('a link is found by its URL, by a prefix of whole segments, and behind a text', async () => {
  const matches = await matcher()
  const shown = link('See https://www.Example.com/Path/a_b?id=12')
  const hidden = {
    text: 'See here',
    entities: [
      { type: 'text_url', offset: 4, length: 4, url: 'https://example.com/path/a_b?id=12' },
    ],
  }
  for (const message of [shown, hidden]) {
    for (const q of [
      'https://example.com/path/a_b?id=12',
      'http://www.example.com/Path/a_b',
      'https://example.com/',
      'example.com',
      'example.com/path see',
    ])
      expect([q, await matches(message, q)]).toEqual([q, true])
    for (const q of ['https://example.com/path/a_b?id=1', 'https://example.com/pat', 'example.org'])
      expect([q, await matches(message, q)]).toEqual([q, false])
  }
})

test('repeated words of a query are searched once', () => {
  expect(searchQuery('中 ship 中 ships, 中 SHIPS 中')).toBe("'中':* & 'ship'")
})

test('a message is found by the words of its file name', async () => {
  const matches = await matcher()
  const message = { text: 'Look', fileName: 'Отчёт_2024 (итог).pdf' }
  for (const q of ['отчеты', '2024', 'look pdf', 'итог'])
    expect([q, await matches(message, q)]).toEqual([q, true])
})

test('polls, contacts, locations and service messages are found by their content', async () => {
  const matches = await matcher()
  const media = (fields: object) => contentOf({ media: fields })
  const action = (fields: object) => contentOf({ action: fields }, () => 'Анна Петрова')
  const text = (value: string) => ({ _: 'textWithEntities', text: value, entities: [] })
  const poll = {
    question: text('Какую книгу читать?'),
    answers: [{ _: 'pollAnswer', text: text('Войну и мир'), option: 'MA==' }],
  }
  const found: [MessageContent | null, string][] = [
    [media({ _: 'messageMediaPoll', poll: { _: 'poll', ...poll }, results: null }), 'книги война'],
    [media({ _: 'messageMediaContact', first_name: 'Ann', phone_number: '12025550123' }), 'ann'],
    [
      media({ _: 'messageMediaContact', first_name: 'Ann', phone_number: '12025550123' }),
      '12025550123',
    ],
    [
      media({ _: 'messageMediaVenue', title: 'Café Central', address: 'Herrengasse' }),
      'cafe herrengasse',
    ],
    [action({ _: 'messageActionChatEditTitle', title: 'Новости города' }), 'новость'],
    [action({ _: 'messageActionChatAddUser', users: ['777'] }), 'анна'],
    [action({ _: 'messageActionCustomAction', message: 'Something else' }), 'something'],
    [media({ _: 'messageMediaGame', game: { _: 'game', title: 'Lumberjack' } }), 'lumberjack'],
  ]
  for (const [content, q] of found) expect([q, await matches({ content }, q)]).toEqual([q, true])
})

test('any text and any query are valid for Postgres', async () => {
  const matches = await matcher()
  const hostile = [
    "'; drop table messages; --",
    String.raw`\' \\ ' '' & | ! ( ) <-> :*`,
    'я'.repeat(5000),
    '中'.repeat(5000),
    `https://example.com/${'ё'.repeat(4000)}`,
    "https://example.com/it's\\a",
    Array.from({ length: 60_000 }, (_, index) => `word${index}${'ж'.repeat(10)}`).join(' '),
    '\u{2F800}\u{20000} \uD800 ́',
    'https://!!!',
    'http://www.',
  ]
  for (const text of hostile) {
    const entities = [{ type: 'url', offset: 0, length: text.length }]
    expect(await matches({ text, entities }, text.slice(0, 200))).toBeTypeOf('boolean')
  }
})
