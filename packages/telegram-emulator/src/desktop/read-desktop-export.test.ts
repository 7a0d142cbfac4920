import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readFile } from '../media/read-file.ts'
import { PACKAGED_LAYER, loadSchemas } from '../tl/layers.ts'
import type { TlObject } from '../tl/object.ts'
import type { ChannelBlueprint, ChannelMessage } from '../world/model.ts'
import { DesktopExportError } from './export-error.ts'
import { loadDesktopExport, readDesktopExport, readDesktopExports } from './read-desktop-export.ts'

/** An export of a real channel, which is not part of the project. */
const EXPORT = fileURLToPath(
  new URL('../../../../../shared/data/desktop-export/result.json', import.meta.url),
)

const schemas = loadSchemas()

function messagesOf({ timeline }: ChannelBlueprint): ChannelMessage[] {
  return [...timeline.idsFrom(1)].flatMap((id) => timeline.get(id) ?? [])
}

interface RawPart {
  readonly type: string
  readonly text: string
}

interface RawMessage {
  readonly id: number
  readonly type: string
  readonly date_unixtime: string
  readonly text: string | readonly (string | RawPart)[]
  readonly text_entities: readonly RawPart[]
  readonly photo?: string
  readonly photo_file_size?: number
  readonly file?: string
  readonly file_size?: number
}

describe.skipIf(!existsSync(EXPORT))('a real export', async () => {
  const json = existsSync(EXPORT) ? await loadDesktopExport(EXPORT) : '{}'
  const raw = (JSON.parse(json) as { messages?: RawMessage[] }).messages ?? []
  const load = () => readDesktopExport(json)

  test('keeps every message with its id, date and text', () => {
    const channel = load()
    expect(channel.timeline.count).toBe(875)
    expect(channel.timeline.topId).toBe(1048)
    expect([...channel.timeline.idsFrom(1)]).toEqual(raw.map(({ id }) => id))
    for (const message of raw) {
      const tl = channel.timeline.get(message.id)?.tl
      const { text } = message
      const parts = typeof text === 'string' ? [text] : text
      const whole = parts.map((part) => (typeof part === 'string' ? part : part.text)).join('')
      expect(tl?.['message'] ?? '').toBe(whole)
      expect(tl?.['date']).toBe(Number(message.date_unixtime))
      expect(tl?._).toBe(message.type === 'service' ? 'messageService' : 'message')
    }
  })

  test('each entity covers the text with which it was exported', () => {
    const channel = load()
    for (const message of raw) {
      const tl = channel.timeline.get(message.id)?.tl
      const entities = (tl?.['entities'] ?? []) as TlObject[]
      const expected = message.text_entities.filter(({ type }) => type !== 'plain')
      const covered = entities.map(({ offset, length }) =>
        ((tl?.['message'] ?? '') as string).slice(Number(offset), Number(offset) + Number(length)),
      )
      expect(covered).toEqual(expected.map(({ text }) => text))
    }
  })

  test('has its files at their stated sizes', () => {
    const sent = raw.filter(({ type }) => type === 'message')
    const photos = sent.filter(({ photo }) => photo !== undefined)
    const files = sent.filter(({ file }) => file !== undefined)
    const named = [...photos, ...files]
    const total = named.reduce(
      (sum, { photo_file_size, file_size }) => sum + (photo_file_size ?? file_size ?? 0),
      0,
    )
    const media = messagesOf(load()).flatMap((message) => message.media ?? [])
    expect(media.length).toBe(named.length)
    expect(media.filter(({ kind }) => kind === 'photo').length).toBe(photos.length)
    expect(media.reduce((sum, { file }) => sum + file.size, 0)).toBe(total)
    for (const { file } of media) expect(readFile(file, file.size - 5, 9).length).toBe(5)
  })

  test('survives encoding in layer 198, field by field', () => {
    const layer = schemas.layer(PACKAGED_LAYER)
    for (const { tl } of messagesOf(load())) expect(schemas.decode(layer.encode(tl))).toEqual(tl)
  })
})

function exportOf(messages: readonly unknown[], chat: object = {}): string {
  const base = { name: 'Group', type: 'private_supergroup', id: 1_234_567_890 }
  return JSON.stringify({ ...base, messages, ...chat })
}

const DATED = { date: '2024-05-01T12:00:00', date_unixtime: '1714557600' }

function only(message: object, chat: object = {}): ChannelMessage {
  const { timeline } = readDesktopExport(
    exportOf([{ id: 5, type: 'message', ...DATED, text: '', ...message }], chat),
  )
  const found = timeline.get(5)
  if (found === undefined) throw new Error('no message 5')
  expect(schemas.decode(schemas.layer(null).encode(found.tl))).toEqual(found.tl)
  return found
}

describe('variants of exports', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('control characters in a form that is not valid JSON are read', () => {
    const json = exportOf([{ id: 5, type: 'message', ...DATED, text: 'MARK' }])
    const broken = json.replace('MARK', String.raw`a\x0Bb\\x0B${'\u0001\n'}c\"d`)
    expect(() => JSON.parse(broken) as unknown).toThrow(SyntaxError)
    const message = readDesktopExport(`\uFEFF${broken}`).timeline.get(5)
    expect(message?.tl['message']).toBe('a\u000Bb\\x0B\u0001\nc"d')
  })

  test('dates without a zone are read as UTC where no other time is given', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo')
    const { tl } = only({ date_unixtime: undefined, edited: '2024-05-01T12:00:09' })
    expect([tl['date'], tl['edit_date']]).toEqual([1_714_564_800, 1_714_564_809])
    expect(only({}).tl['date']).toBe(1_714_557_600)
  })

  test('an edit is hidden if a reaction may have caused it', () => {
    const edited = { edited_unixtime: '1714557700' }
    expect(only(edited).tl['edit_hide']).toBeUndefined()
    const { tl } = only({ ...edited, reactions: [{ type: 'emoji', count: 3, emoji: '❤' }] })
    expect([tl['edit_hide'], tl['edit_date']]).toEqual([true, 1_714_557_700])
    expect(tl['reactions']).toEqual({
      _: 'messageReactions',
      results: [{ _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '❤' }, count: 3 }],
    })
  })

  test('a bare unsupported message is kept, with the date of the previous message', () => {
    const before = { id: 4, type: 'message', ...DATED, text: 'x' }
    const { timeline } = readDesktopExport(exportOf([before, { id: 5, type: 'unsupported' }]))
    expect(timeline.get(5)?.tl).toMatchObject({
      date: 1_714_557_600,
      message: '',
      media: { _: 'messageMediaUnsupported' },
    })
  })

  test.each([
    [
      { photo: '(File not included. Change data exporting settings to download.)' },
      'messageMediaPhoto',
    ],
    [
      {
        file: '(File exceeds maximum size. Change data exporting settings to download.)',
        file_size: 9,
        media_type: 'video_file',
      },
      'messageMediaDocument',
    ],
    [
      { file: '(File unavailable, please try again later)', thumbnail: 'a_thumb.jpg' },
      'messageMediaDocument',
    ],
  ])('a placeholder in place of a path is not a file: %j', (fields, constructor) => {
    const { tl, media } = only(fields)
    expect(media).toBeNull()
    expect(tl['media']).toEqual({ _: constructor })
  })

  test('a sender may be null, a number or a channel', () => {
    const unnamed = only({ from: null, from_id: 'user77' })
    expect(unnamed.tl['from_id']).toEqual({ _: 'peerUser', user_id: 77n })
    expect(only({ from: 'A', from_id: 78 }).tl['from_id']).toEqual({ _: 'peerUser', user_id: 78n })
    const channel = only({ from: 'C', from_id: 'channel79' })
    expect(channel.tl['from_id']).toEqual({ _: 'peerChannel', channel_id: 79n })
    const post = only({ from: 'C', from_id: 'channel79' }, { type: 'private_channel' })
    expect([post.tl['from_id'], post.tl['post']]).toEqual([undefined, true])
  })

  test('file names are kept, unless the exporter generated them', () => {
    const file = (path: string, rest: object = {}) =>
      only({ file: path, file_size: 999, ...rest }).media?.file
    expect(file('files/Report (1).pdf')).toMatchObject({ name: 'Report (1).pdf', format: 'pdf' })
    expect(file('video_files/video_3@27-08-2023_16-01-55.mp4')).toMatchObject({ name: null })
    expect(file('files/x.pdf', { file_name: 'real.pdf' })).toMatchObject({ name: 'real.pdf' })
    expect(file('1_Source/2025/10/13_video.mp4')).toMatchObject({ name: null })
    expect(file('1_Source/2025/10/13_videos.mp4')).toMatchObject({ name: '13_videos.mp4' })
    expect(file('files/x', { mime_type: 'application/x-odd' })).toMatchObject({
      format: 'binary',
      mimeType: 'application/x-odd',
    })
  })

  test('forwards, replies, polls, contacts, places and buttons are imported', () => {
    const { tl } = only({
      forwarded_from: null,
      reply_to_message_id: 3,
      reply_to_peer_id: 'channel99',
      via_bot: '@gif',
      poll: {
        question: 'Q',
        closed: true,
        total_voters: 3,
        answers: [{ text: 'A', voters: 3, chosen: false }],
      },
      inline_bot_buttons: [
        [
          { type: 'url', text: 'go', data: 'https://example.org' },
          { type: 'game', text: '?' },
        ],
      ],
    })
    expect(tl).toMatchObject({
      fwd_from: { from_name: 'Deleted Account' },
      reply_to: { reply_to_msg_id: 3, reply_to_peer_id: { channel_id: 99n } },
      media: { _: 'messageMediaPoll', results: { total_voters: 3 } },
      reply_markup: { rows: [{ buttons: [{ url: 'https://example.org' }] }] },
    })
    expect(only({ contact_information: { phone_number: '1' } }).tl['media']).toMatchObject({
      _: 'messageMediaContact',
    })
    const place = {
      location_information: { latitude: 1, longitude: 2 },
      place_name: 'P',
      address: 'A',
    }
    expect(only(place).tl['media']).toMatchObject({ _: 'messageMediaVenue', title: 'P' })
  })

  test.each([
    [{ action: 'invite_members', members: ['A', null] }, 'messageActionChatAddUser'],
    [{ action: 'remove_members', members: ['A'] }, 'messageActionChatDeleteUser'],
    [{ action: 'join_group_by_link', inviter: 'A' }, 'messageActionChatJoinedByLink'],
    [{ action: 'migrate_from_group', title: 'Old' }, 'messageActionChannelMigrateFrom'],
    [
      {
        action: 'edit_group_photo',
        photo: 'photos/p.jpg',
        photo_file_size: 900,
        width: 64,
        height: 64,
      },
      'messageActionChatEditPhoto',
    ],
    [{ action: 'pin_message', message_id: 2 }, 'messageActionPinMessage'],
    [{ action: 'something_newer' }, 'messageActionCustomAction'],
  ])('service messages are kept, without media: %j', (fields, action) => {
    const { tl, media } = only({ type: 'service', actor: 'A', actor_id: 'user7', ...fields })
    expect(media).toBeNull()
    expect(tl._).toBe('messageService')
    expect((tl['action'] as TlObject)._).toBe(action)
  })

  test('a full export yields its channels and groups, but no private chats', () => {
    const chat = (id: number, type: string) => ({ id, type, name: `${id}`, messages: [] })
    const list = [
      chat(1, 'personal_chat'),
      chat(2, 'public_channel'),
      { type: 'saved_messages' },
      chat(3, 'private_group'),
    ]
    const json = JSON.stringify({ about: '', chats: { about: '', list } })
    expect(readDesktopExports(json).map(({ id, kind }) => [id, kind])).toEqual([
      [2n, 'broadcast'],
      [3n, 'supergroup'],
    ])
    expect(() => readDesktopExport(json)).toThrow(DesktopExportError)
    expect(readDesktopExport(exportOf([]), 42n).id).toBe(42n)
  })
})

describe('invalid exports', () => {
  const message = { id: 5, type: 'message', ...DATED, text: '' }
  test.each([
    ['no JSON', ''],
    ['a list', '[]'],
    ['no messages', '{"name": "x"}'],
    ['half a file', '{"a": "\\x0'],
    ['a private chat', exportOf([], { type: 'personal_chat' })],
    ['a negative chat', exportOf([], { id: -4 })],
    ['an id twice', exportOf([message, message])],
    ['an id too large', exportOf([{ ...message, id: 1e12 }])],
    ['a file too large', exportOf([{ ...message, file_size: 1e15, file: 'x' }])],
    ['a text that is none', exportOf([{ ...message, text: 7 }])],
    ['a message that is none', exportOf(['x'])],
    ['depth', '['.repeat(100_000)],
  ])('%s', (_, json) => {
    expect(() => readDesktopExport(json)).toThrow(DesktopExportError)
  })

  test('a damaged export yields a channel or a DesktopExportError', () => {
    const whole = exportOf([
      {
        ...message,
        photo: 'a.jpg',
        photo_file_size: 3000,
        width: 10,
        height: 10,
        edited: '2024-05-01T12:00:00',
      },
      { id: 6, type: 'service', ...DATED, action: 'pin_message', message_id: 5, actor_id: 'user4' },
    ])
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(6), fc.string({ maxLength: 4 }), (at, cut, put) => {
        const json = whole.slice(0, at) + put + whole.slice(at + cut)
        try {
          for (const { tl } of messagesOf(readDesktopExport(json))) schemas.layer(null).encode(tl)
        } catch (error) {
          expect(error).toBeInstanceOf(DesktopExportError)
        }
      }),
      { numRuns: 1500 },
    )
  })
})
