import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import type { Sender } from './key-derivation.ts'
import { ProtocolError } from './protocol-error.ts'

const key = { id: '0011223344556677', bytes: randomBytes(256) }
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const envelopes = fc.record({
  salt: long,
  sessionId: long,
  messageId: long,
  seqNo: fc.nat(),
  body: fc.integer({ min: 1, max: 100 }).map((words) => randomBytes(words * 4)),
})

test.each<Sender>(['client', 'server'])('an envelope sealed by a %s opens unchanged', (sender) => {
  fc.assert(
    fc.property(envelopes, (envelope) => {
      const payload = sealEnvelope(key, envelope, sender)
      expect(payload.toString('hex', 0, 8)).toBe(key.id)
      expect(payload.length % 16).toBe(8)
      expect(openEnvelope(key, payload, sender)).toMatchObject(envelope)
    }),
  )
})

test('a changed byte, another direction or another key is rejected', () => {
  const envelope = { salt: 1n, sessionId: 2n, messageId: 4n, seqNo: 1, body: Buffer.alloc(40) }
  const payload = sealEnvelope(key, envelope, 'client')
  for (let index = 8; index < payload.length; index += 1) {
    const forged = Buffer.from(payload)
    forged[index] = forged.readUInt8(index) ^ 1
    expect(() => openEnvelope(key, forged, 'client')).toThrow('a wrong msg_key')
  }
  expect(() => openEnvelope(key, payload, 'server')).toThrow('a wrong msg_key')
  const other = { bytes: randomBytes(256) }
  expect(() => openEnvelope(other, payload, 'client')).toThrow('a wrong msg_key')
})

test('a length that is not a whole number of blocks is refused', () => {
  for (const length of [24, 40, 56, 24 + 49]) {
    expect(() => openEnvelope(key, Buffer.alloc(length), 'client')).toThrow(ProtocolError)
  }
})
