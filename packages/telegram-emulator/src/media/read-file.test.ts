import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FILE_FORMATS, type FileFormat, type FileSpec } from '../world/model.ts'
import { fileSha256 } from './file-sha256.ts'
import { readFile } from './read-file.ts'

function spec(format: FileFormat, size: number, id = 7_812_345_678_901_234_567n): FileSpec {
  const sides = { width: 720, height: 1280 }
  return {
    id,
    format,
    size,
    name: 'Überblick (1).pdf',
    mimeType: '',
    ...sides,
    durationSeconds: 21,
  }
}

const sizes = fc.oneof(fc.nat(40), fc.nat(4000), fc.integer({ min: 4000, max: 400_000 }))

describe('readFile', () => {
  test.each(FILE_FORMATS)('%s: the ranges of any partition form the whole file', (format) => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.integer({ min: 1, max: 150_000 }), { maxLength: 12 }),
        (size, cuts) => {
          const file = spec(format, size)
          const whole = readFile(file, 0, size)
          expect(whole.length).toBe(size)
          const parts: Buffer[] = []
          let offset = 0
          for (const length of [...cuts, size]) {
            parts.push(readFile(file, offset, length))
            offset += length
          }
          expect(Buffer.concat(parts).equals(whole)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('different descriptions have different bytes', () => {
    const bytes = readFile(spec('binary', 64), 0, 64)
    expect(readFile(spec('binary', 64), 0, 64).equals(bytes)).toBe(true)
    expect(readFile(spec('binary', 64, 2n), 0, 64).equals(bytes)).toBe(false)
    expect(readFile(spec('binary', 65), 0, 64).equals(bytes)).toBe(false)
  })

  test('returns no bytes beyond the end, and rejects invalid ranges', () => {
    const file = spec('zip', 5000)
    expect(readFile(file, 4999, 10).length).toBe(1)
    expect(readFile(file, 5000, 10).length).toBe(0)
    expect(readFile(file, 1e12, 10).length).toBe(0)
    expect(() => readFile(file, -1, 10)).toThrow(RangeError)
    expect(() => readFile(file, 0, 0.5)).toThrow(RangeError)
  })

  test('reads the end of a file of four gigabytes directly', () => {
    const file = spec('zip', 0xffff_ffff)
    expect(readFile(file, file.size - 22, 4)).toEqual(Buffer.from('PK\x05\x06', 'latin1'))
  })
})

test('fileSha256 is the hash of the whole file', async () => {
  const file = spec('pdf', 3_500_001)
  const expected = createHash('sha256')
    .update(readFile(file, 0, file.size))
    .digest('hex')
  expect(await fileSha256(file)).toBe(expected)
  expect(await fileSha256({ ...file })).toBe(expected)
  const empty = createHash('sha256').digest('hex')
  expect(await fileSha256(spec('binary', 0))).toBe(empty)
})
