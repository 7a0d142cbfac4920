import { expect, test } from 'vitest'
import { findLayerFiles, loadSchemas } from './layers.ts'
import type { TlObject } from './object.ts'
import { ReusableObject } from './reusable.ts'

const schemas = loadSchemas(findLayerFiles())

function messages(...list: TlObject[]): TlObject {
  return { _: 'messages.messages', messages: list, chats: [], users: [] }
}

function message(id: number): TlObject {
  return {
    _: 'message',
    id,
    peer_id: { _: 'peerChannel', channel_id: 7n },
    date: 1,
    message: `text of ${id} `.repeat(id),
    reactions: {
      _: 'messageReactions',
      results: [{ _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '👍' }, count: 3 }],
    },
  }
}

test.each(schemas.layers)('layer %i gets the same bytes in any order of layers', (number) => {
  const layer = schemas.layer(number)
  const list = Array.from({ length: 40 }, (_, index) => message(index + 1))
  const reusable = list.map((object) => ReusableObject.of(object._, () => object))
  const expected = layer.encodeResult('messages.getHistory', messages(...list))
  for (const other of schemas.layers) {
    schemas.layer(other).encodeResult('messages.getHistory', messages(...reusable))
  }
  const page = messages(...reusable)
  expect(layer.encodeResult('messages.getHistory', page)).toEqual(expected)
  const single = messages(reusable[20] ?? { _: '' })
  const ofOne = messages(list[20] ?? { _: '' })
  expect(layer.encode(single)).toEqual(layer.encode(ofOne))
})

test('is built once per layer, and only when it is sent', () => {
  let builds = 0
  const reusable = ReusableObject.of('message', () => {
    builds += 1
    return message(5)
  })
  expect(builds).toBe(0)
  for (let turn = 0; turn < 3; turn += 1) {
    for (const number of schemas.layers) schemas.layer(number).encode(messages(reusable))
  }
  expect(builds).toBe(schemas.layers.length)
})

test('is rejected where its type is not allowed', () => {
  const user = ReusableObject.of('user', () => ({ _: 'user', id: 1n }))
  expect(() => schemas.layer(null).encode(messages(user))).toThrow('expected Message, got user')
})
