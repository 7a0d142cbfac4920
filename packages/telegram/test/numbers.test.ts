import * as fc from 'fast-check'
import { toSignedLittleBuffer } from 'telegram/Helpers.js'
import Helpers from 'telegram/Helpers.js'
import { expect, test } from 'vitest'
import { littleEndian } from '../src/gramjs/little-endian.ts'
import { isoDate } from '../src/tl/iso-date.ts'

test('integers are encoded to the same bytes as by GramJS', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), fc.integer()),
      fc.constantFrom(4, 8, 16, 32),
      (value, bytes) => {
        expect(littleEndian(value, bytes)).toEqual(toSignedLittleBuffer(String(value), bytes))
      },
    ),
  )
  expect(littleEndian(-2)).toEqual(Buffer.from('feffffffffffffff', 'hex'))
  expect(Helpers.toSignedLittleBuffer).toBe(littleEndian)
})

test('dates are formatted as by Date.toISOString', () => {
  const seconds = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    fc.integer({ min: -(2 ** 31), max: 0 }),
    fc.integer({ min: 1_600_000_000, max: 1_600_172_800 }),
  )
  fc.assert(
    fc.property(seconds, (date) => {
      expect(isoDate(date)).toBe(new Date(date * 1000).toISOString())
    }),
    { numRuns: 2000 },
  )
})
