import * as fc from 'fast-check'
import apiSchema from 'telegram/tl/apiTl.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { describe, expect, test } from 'vitest'
import { TelegramError } from '../src/errors.ts'
import { tlDecoder } from '../src/tl/decoder.ts'
import { TlReader } from '../src/tl/reader.ts'

const decode = tlDecoder(apiSchema, { bytes: 'buffer' })
const decodeJson = tlDecoder(apiSchema, { bytes: 'base64' })

const channelId = returnBigInt('1234567890')
const message = new Api.Message({
  id: 7,
  peerId: new Api.PeerChannel({ channelId }),
  date: 1_700_000_000,
  message: 'Grüße 👋 '.repeat(40),
  post: true,
  views: 12,
  forwards: 0,
  groupedId: returnBigInt('-9007199254740993'),
  entities: [
    new Api.MessageEntityTextUrl({ offset: 0, length: 5, url: 'https://example.com' }),
    new Api.MessageEntityBlockquote({ offset: 6, length: 2, collapsed: true }),
  ],
  media: new Api.MessageMediaGeo({
    geo: new Api.GeoPoint({ long: 13.4, lat: 52.5, accessHash: returnBigInt('1') }),
  }),
})

describe('the decoder', () => {
  test('an object encoded by GramJS is decoded', () => {
    expect(decode(message.getBytes())).toEqual({
      _: 'message',
      id: 7,
      peer_id: { _: 'peerChannel', channel_id: '1234567890' },
      date: 1_700_000_000,
      message: 'Grüße 👋 '.repeat(40),
      post: true,
      views: 12,
      forwards: 0,
      grouped_id: '-9007199254740993',
      entities: [
        { _: 'messageEntityTextUrl', offset: 0, length: 5, url: 'https://example.com' },
        { _: 'messageEntityBlockquote', offset: 6, length: 2, collapsed: true },
      ],
      media: {
        _: 'messageMediaGeo',
        geo: { _: 'geoPoint', long: 13.4, lat: 52.5, access_hash: '1' },
      },
    })
  })

  test('every string is decoded to text that Postgres can store', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\0', 'a'), fc.string({ unit: 'binary' })),
    })
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 100 }), (title, bytes) => {
        const channel = new Api.ChannelForbidden({
          id: returnBigInt('1'),
          accessHash: returnBigInt('2'),
          title,
        })
        for (const read of [decode, decodeJson])
          expect(read(channel.getBytes())).toMatchObject({
            title: title.toWellFormed().replaceAll('\0', '\uFFFD'),
          })
        // A string whose bytes are not valid UTF-8.
        const written = Buffer.concat([Buffer.of(bytes.length), bytes, Buffer.alloc(4)])
        const read = new TlReader(written).string()
        expect([read.includes('\0'), read.isWellFormed()]).toEqual([false, true])
      }),
    )
  })

  test('strings and bytes of every length are decoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.string(), (bytes, text) => {
        const file = new Api.upload.File({
          type: new Api.storage.FilePdf(),
          mtime: 1,
          bytes: Buffer.from(bytes),
        })
        expect(decode(file.getBytes())).toMatchObject({ bytes: Buffer.from(bytes) })
        const reaction = new Api.ReactionEmoji({ emoticon: text })
        expect(decode(reaction.getBytes())).toEqual({
          _: 'reactionEmoji',
          emoticon: Buffer.from(text).toString(),
        })
      }),
    )
  })

  test('broken input throws TelegramError and does not affect the next decoding', () => {
    const bytes = message.getBytes()
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ maxLength: 64 }), (cut, noise) => {
        expect(() => decode(bytes.subarray(0, cut))).toThrow(TelegramError)
        const noisy = Buffer.concat([Buffer.from('15c4b51c', 'hex'), noise])
        expect(readable(noisy)).toBeTypeOf('boolean')
      }),
    )
    expect(decode(bytes)).toMatchObject({ id: 7 })
  })
})

test('objects nested a million levels deep throw TelegramError', () => {
  const nested = Buffer.alloc(
    4 * 1024 * 1024,
    new Api.TextBold({ text: new Api.TextEmpty() }).getBytes().subarray(0, 4),
  )
  expect(() => decode(nested)).toThrow(TelegramError)
})

/** Whether the bytes can be decoded. Any error but a TelegramError fails the test. */
function readable(bytes: Buffer): boolean {
  try {
    decode(bytes)
    return true
  } catch (error) {
    if (!(error instanceof TelegramError)) throw error
    return false
  }
}

test('bytes are base64 in JSON', () => {
  const bytes = Buffer.from([1, 2, 3])
  const file = new Api.upload.File({ type: new Api.storage.FilePdf(), mtime: 1, bytes })
  const expected = { _: 'upload.file', type: { _: 'storage.filePdf' }, mtime: 1, bytes: 'AQID' }
  expect(decodeJson(file.getBytes())).toEqual(expected)
})
