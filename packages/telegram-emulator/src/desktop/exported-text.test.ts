import { expect, test } from 'vitest'
import { exportedMessage } from './export-schema.ts'
import { exportedText } from './exported-text.ts'
import { writtenText } from './written-text.ts'

function textOf(text: unknown): ReturnType<typeof exportedText> {
  return exportedText(exportedMessage.parse({ id: 1, type: 'message', text }))
}

test('a text is a string, or a list of strings and objects', () => {
  expect(textOf('plain')).toEqual({ text: 'plain', entities: [] })
  const list = ['so ', { type: 'bold', text: 'bold' }, ' 👍', { type: 'mention', text: '@a_b' }]
  expect(textOf(list)).toEqual({
    text: 'so bold 👍@a_b',
    entities: [
      { _: 'messageEntityBold', offset: 3, length: 4 },
      { _: 'messageEntityMention', offset: 10, length: 4 },
    ],
  })
})

test('ids of custom emoji have up to 63 bits', () => {
  const emoji = (document_id: string) =>
    textOf([{ type: 'custom_emoji', text: '👍', document_id }]).entities
  expect(emoji('9223372036854775807')).toMatchObject([{ document_id: 2n ** 63n - 1n }])
  expect(emoji('9223372036854775808')).toEqual([])
  expect(emoji('stickers/sticker.webp')).toEqual([])
})

test('a text with nested entities is written in full', () => {
  const entities = [
    { _: 'messageEntityBold', offset: 2, length: 6 },
    { _: 'messageEntityItalic', offset: 4, length: 2 },
    { _: 'messageEntityUnknown', offset: 9, length: 1 },
  ]
  const message = 'a bolded word'
  const { text } = writtenText({ _: 'message', message, entities })
  expect(textOf(text)).toEqual({
    text: message,
    entities: [{ _: 'messageEntityBold', offset: 2, length: 6 }],
  })
})
