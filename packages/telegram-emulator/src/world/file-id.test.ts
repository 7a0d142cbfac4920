import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { channelRef, decodeFileId, encodeFileId, FILE_SLOTS } from './file-id.ts'

const channelIds = fc.bigInt({ min: 1n, max: (1n << 40n) - 1n })
const messageIds = fc.integer({ min: 1, max: 0x7fff_ffff })

test('a file id decodes to its message and is a positive signed long', () => {
  fc.assert(
    fc.property(
      channelIds,
      messageIds,
      fc.constantFrom(...FILE_SLOTS),
      (channelId, messageId, slot) => {
        const id = encodeFileId(channelId, messageId, slot)
        expect(id > 0n && id < 1n << 63n).toBe(true)
        expect(decodeFileId(id)).toEqual({ channelRef: channelRef(channelId), messageId, slot })
      },
    ),
  )
})

test('ids that were never issued decode to nothing, and no id makes the decoder throw', () => {
  expect(decodeFileId(0n)).toBeUndefined()
  expect(decodeFileId(-5n)).toBeUndefined()
  expect(decodeFileId(15n)).toBeUndefined()
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (id) => {
      const location = decodeFileId(id)
      if (location !== undefined) expect(location.messageId).toBeGreaterThan(0)
    }),
  )
})

test('neighbouring channels never share a reference', () => {
  const refs = new Set(
    Array.from({ length: 2000 }, (_, index) => channelRef(1_999_999_000n + BigInt(index))),
  )
  expect(refs.size).toBe(2000)
})
