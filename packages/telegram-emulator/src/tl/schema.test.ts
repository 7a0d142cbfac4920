import * as fc from 'fast-check'
import { BinaryReader } from 'telegram/extensions/index.js'
import { LAYER, tlobjects } from 'telegram/tl/AllTLObjects.js'
import api from 'telegram/tl/apiTl.js'
import { expect, test } from 'vitest'
import { LazyBytes, toBuffer } from '../memory/lazy-bytes.ts'
import { TlDecodeError, TlEncodeError } from './errors.ts'
import { loadSchemas, PACKAGED_LAYER, SERVICE_DEFINITIONS } from './layers.ts'
import type { TlObject, TlValue } from './object.ts'
import { parseSchema } from './parse.ts'
import { Sampler } from './sample.ts'

const schema = loadSchemas()
const newest = schema.layer(null)
const apiDefinitions = parseSchema(api)
const definitions = [...SERVICE_DEFINITIONS, ...apiDefinitions]

test('the packaged schema has the layer of the package', () => {
  expect(PACKAGED_LAYER).toBe(LAYER)
  expect(definitions.length).toBeGreaterThan(2000)
})

test('every constructor and method survives encoding and decoding', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const sampler = new Sampler(definitions, seed)
      for (const definition of definitions) {
        const object = sampler.object(definition)
        expect(schema.decode(newest.encode(object))).toEqual(object)
      }
    }),
    { numRuns: 3 },
  )
})

test('GramJS decodes encoded values, and encodes them to the same bytes', () => {
  const sampler = new Sampler(definitions, 1)
  const known = apiDefinitions.filter(({ id, name }) => id in tlobjects && !name.startsWith('bool'))
  expect(known.length).toBeGreaterThan(apiDefinitions.length - 10)
  for (const definition of known) {
    const bytes = newest.encode(sampler.object(definition))
    const theirs = new BinaryReader(bytes).tgReadObject() as { getBytes(): Buffer }
    expect(theirs.getBytes(), definition.name).toEqual(bytes)
  }
})

test('damaged bytes yield a TlDecodeError or another value', () => {
  const sampler = new Sampler(definitions, 2)
  const encoded = definitions.map((definition) => newest.encode(sampler.object(definition)))
  const mutations = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1 })
  fc.assert(
    fc.property(fc.constantFrom(...encoded), mutations, fc.nat(), (bytes, changes, cut) => {
      const damaged = Buffer.from(bytes.subarray(0, bytes.length - (cut % 8)))
      for (const { at, byte } of changes) {
        if (damaged.length > 0) damaged[at % damaged.length] = byte
      }
      expectDecodedOrRefused(damaged)
    }),
    { numRuns: 5000 },
  )
})

test('random bytes after any constructor id are decoded or refused', () => {
  const ids = fc.constantFrom(...definitions.map(({ id }) => id))
  fc.assert(
    fc.property(ids, fc.uint8Array({ maxLength: 200 }), (id, rest) => {
      const head = Buffer.alloc(4)
      head.writeUInt32LE(id)
      expectDecodedOrRefused(Buffer.concat([head, rest]))
    }),
    { numRuns: 5000 },
  )
})

function expectDecodedOrRefused(bytes: Buffer): void {
  try {
    schema.decode(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(TlDecodeError)
  }
}

const reasonOf = (bytes: Buffer) => {
  try {
    return schema.decode(bytes)
  } catch (error) {
    return error instanceof TlDecodeError ? error.reason : error
  }
}
const words = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4)
  return bytes
}
const VECTOR = 0x1cb5c415
const MSGS_ACK = 0x62d6b459
const GET_NEAREST = newest.encode({ _: 'help.getNearestDc' })

test('each limit has an error of its own', () => {
  expect(reasonOf(Buffer.alloc(0))).toBe('truncated')
  expect(reasonOf(words(0x12345678))).toBe('unknown_constructor')
  expect(reasonOf(Buffer.concat([GET_NEAREST, words(0)]))).toBe('trailing_bytes')
  expect(reasonOf(words(MSGS_ACK, VECTOR, 0xffff_ffff))).toBe('too_long')
  expect(reasonOf(words(MSGS_ACK, VECTOR, 3, 1, 1))).toBe('too_long')
  expect(reasonOf(words(MSGS_ACK, 5, 0))).toBe('wrong_type')
  expect(reasonOf(words(0x3072cfa1, 0))).toBe('bad_compression')
  const invokeWithLayer = (query: Buffer) => Buffer.concat([words(0xda9b0d0d, 198), query])
  let nested: Buffer = GET_NEAREST
  for (let depth = 0; depth < 31; depth += 1) nested = invokeWithLayer(nested)
  expect(reasonOf(nested)).toMatchObject({ _: 'invokeWithLayer' })
  expect(reasonOf(invokeWithLayer(nested))).toBe('too_deep')
})

test('an object of a wrong type is rejected by encoder and decoder', () => {
  const call: TlObject = { _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }
  const bytes = newest.encode(call)
  const wrong = Buffer.concat([bytes.subarray(0, -4), newest.encode({ _: 'inputPeerSelf' })])
  expect(reasonOf(wrong)).toBe('wrong_type')
  const encoding = (object: TlObject) => () => newest.encode(object)
  expect(encoding({ ...call, id: [{ _: 'inputPeerSelf' }] })).toThrow(
    'users.getUsers.id: expected InputUser, got inputPeerSelf',
  )
  expect(encoding({ ...call, id: 5 })).toThrow('users.getUsers.id: expected a vector, got number')
  expect(encoding({ _: 'inputPeerUser', user_id: 5 })).toThrow(
    'inputPeerUser.user_id: expected long, got number',
  )
  expect(encoding({ _: 'nearestDc', this_dc: 2 ** 31 })).toThrow(TlEncodeError)
  expect(encoding({ _: 'nearestDc', this_dc: 0.5 })).toThrow(TlEncodeError)
  expect(encoding({ _: 'contactStatus', user_id: 1n })).toThrow(
    'contactStatus.status: expected UserStatus, got undefined',
  )
  expect(encoding({ _: 'no.suchThing' })).toThrow('the layer has no no.suchThing')
})

test('missing scalars and vectors are zero or empty, and flags are derived from the present fields', () => {
  const poll = {
    _: 'inputMediaPoll',
    poll: { _: 'poll', question: { _: 'textWithEntities' } },
    solution: 'with entities, as both have one flag',
  }
  expect(schema.decode(newest.encode(poll))).toEqual({
    ...poll,
    poll: {
      _: 'poll',
      id: 0n,
      question: { _: 'textWithEntities', text: '', entities: [] },
      answers: [],
    },
    solution_entities: [],
  })
  const contact = { _: 'contact', user_id: 0n, mutual: false }
  expect(schema.decode(newest.encode({ _: 'contact' }))).toEqual(contact)
  const silent = newest.encode({ _: 'message', silent: false, peer_id: PEER, unknown: 1 })
  expect(schema.decode(silent)).toEqual({
    _: 'message',
    id: 0,
    peer_id: PEER,
    date: 0,
    message: '',
  })
})

const PEER = { _: 'peerUser', user_id: -5n }

test.each<[string, TlValue, string]>([
  ['users.getUsers', [{ _: 'userEmpty', id: 1n }], '15c4b51c010000007a4bbcd30100000000000000'],
  ['account.getAccountTTL', { _: 'accountDaysTTL', days: 7 }, 'dfafd0b807000000'],
  ['auth.logOut', { _: 'auth.loggedOut' }, '5f83a2c300000000'],
  ['upload.saveFilePart', true, 'b5757299'],
  ['upload.saveFilePart', false, '379779bc'],
  ['contacts.getContactIDs', [1, -1], '15c4b51c0200000001000000ffffffff'],
])('the result of %s is encoded by its type', (method, value, hex) => {
  expect(toBuffer(newest.encodeResult(method, value)).toString('hex')).toBe(hex)
})

test.each([0, 1, 2, 3, 253, 254, 255, 256, 1_048_576])(
  '%i lazy bytes are encoded like Buffers, on every write',
  (size) => {
    const bytes = Buffer.alloc(size, 'file')
    const file = { _: 'upload.file', type: { _: 'storage.filePdf' }, mtime: 7 }
    const expected = newest.encode({ ...file, bytes })
    const lazy = { ...file, bytes: new LazyBytes(size, (target) => target.set(bytes)) }
    const result = newest.encodeResult('upload.getFile', lazy)
    expect(result).toBeInstanceOf(LazyBytes)
    expect(toBuffer(result).equals(expected)).toBe(true)
    expect(toBuffer(result).equals(expected)).toBe(true)
    expect(newest.encode(lazy).equals(expected)).toBe(true)
  },
)

test.each(['a', 'é', '中', '🌿'])(
  'strings of any number of %s survive encoding and decoding',
  (letter) => {
    for (let count = 0; count < 300; count += 1) {
      const text = letter.repeat(count)
      const { message } = schema.decode(
        newest.encode({ _: 'message', id: 7, date: 7, message: text, peer_id: PEER, views: 7 }),
      )
      expect(message).toBe(text)
    }
  },
)
