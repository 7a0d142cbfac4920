import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FileFormat } from '../world/model.ts'
import { imageSides } from './image-sides.ts'
import { readFile } from './read-file.ts'

function image(format: FileFormat, width: number, height: number): Buffer {
  const spec = { id: 9n, format, size: 60_000, name: null, mimeType: '', width, height }
  return readFile(spec, 0, spec.size)
}

const GIF = Buffer.concat([Buffer.from('GIF89a', 'latin1'), Buffer.from([44, 1, 200, 0, 0, 0, 0])])

test.each(['jpeg', 'png', 'webp'] as const)('dimensions are read from %s', (format) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 }), (w, h) => {
      expect(imageSides(image(format, w, h))).toEqual({ format, width: w, height: h })
    }),
    { numRuns: 20 },
  )
})

test('dimensions are read from gif', () => {
  expect(imageSides(GIF)).toEqual({ format: 'gif', width: 300, height: 200 })
})

test('other or damaged files yield null or dimensions, never an error', () => {
  const whole = [image('jpeg', 40, 30), image('png', 40, 30), image('webp', 40, 30), GIF]
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      fc.nat(200),
      fc.uint8Array({ maxLength: 8 }),
      fc.nat(200),
      (bytes, at, put, length) => {
        const damaged = Buffer.from(bytes.subarray(0, Math.max(length, 1)))
        damaged.set(put.subarray(0, Math.max(0, damaged.length - at)), Math.min(at, damaged.length))
        const sides = imageSides(damaged)
        if (sides !== null) expect(sides.width * sides.height).toBeGreaterThan(0)
      },
    ),
    { numRuns: 2000 },
  )
  expect(imageSides(Buffer.alloc(0))).toBeNull()
  expect(imageSides(image('pdf', 1, 1))).toBeNull()
})
