import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createVolatileJournal, openJournal } from './journal.ts'
import type { FilePart } from './upload-parts.ts'
import { Uploads, type UploadedMedia } from './uploads.ts'

const ACCOUNT = 6_000_000_001n
const KIB = 1024

let folder: string
let uploads: Uploads

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uploads-'))
  uploads = new Uploads(createVolatileJournal(), folder)
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function inputFile(parts: number, md5 = '') {
  return { _: 'inputFile', id: 1n, parts, name: 'a', md5_checksum: md5 }
}

async function save(index: number, bytes: Buffer, totalParts: number | null = null): Promise<void> {
  await uploads.savePart(ACCOUNT, { fileId: 1n, index, totalParts, bytes })
}

test('parts of any size, in any order, sent once or twice, form the file', async () => {
  const partSizes = fc.constantFrom(1, 2, 4, 8, 32).map((kib) => kib * KIB)
  let fileId = 0n
  await fc.assert(
    fc.asyncProperty(
      partSizes,
      fc.integer({ min: 1, max: 40_000 }),
      fc.boolean(),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async (partBytes, size, isBig, order) => {
        fileId += 1n
        const bytes = randomBytes(size)
        const count = Math.ceil(size / partBytes)
        const indexes = Array.from({ length: count }, (_, index) => index)
        const sent = [...indexes, ...indexes.filter(() => (order.next().value ?? 0) < 0.2)]
          .map((index) => ({ index, place: order.next().value ?? 0 }))
          .toSorted((a, b) => a.place - b.place)
        for (const { index } of sent) {
          const part = bytes.subarray(index * partBytes, (index + 1) * partBytes)
          const totalParts = isBig ? count : null
          await uploads.savePart(ACCOUNT, { fileId, index, totalParts, bytes: part })
        }
        const content = await uploads.take(ACCOUNT, { ...inputFile(count), id: fileId })
        expect(content).toMatchObject({ size, sha256: sha256(bytes) })
        expect(await uploads.read(content.sha256, 0, size + 9)).toEqual(bytes)
        expect(await uploads.read(content.sha256, size - 1, 5)).toHaveLength(1)
        expect(await uploads.read(content.sha256, size + 7, 5)).toHaveLength(0)
      },
    ),
    { numRuns: 40 },
  )
  expect(readdirSync(join(folder, 'uploads', 'parts'))).toEqual([])
})

describe('a part is refused', () => {
  const whole = Buffer.alloc(4 * KIB)
  test.each([
    ['empty', { bytes: Buffer.alloc(0) }, 'FILE_PART_EMPTY'],
    ['too big', { bytes: Buffer.alloc(512 * KIB + 1) }, 'FILE_PART_TOO_BIG'],
    ['below the first', { index: -1 }, 'FILE_PART_INVALID'],
    ['far above', { index: 8000 }, 'FILE_PART_INVALID'],
    ['with an index beyond the total', { index: 3, totalParts: 3 }, 'FILE_PART_INVALID'],
    ['of no parts', { totalParts: 0 }, 'FILE_PARTS_INVALID'],
    ['of too many', { totalParts: 8001 }, 'FILE_PARTS_INVALID'],
    ['uneven', { bytes: Buffer.alloc(1000), totalParts: 3 }, 'FILE_PART_SIZE_INVALID'],
    ['of 3 KiB', { bytes: Buffer.alloc(3 * KIB), totalParts: 3 }, 'FILE_PART_SIZE_INVALID'],
    ['of an unknown total', { bytes: Buffer.alloc(9), totalParts: -1 }, 'FILE_PART_SIZE_INVALID'],
  ])('%s', async (_, changes: Partial<FilePart>, text) => {
    const part = { fileId: 1n, index: 0, totalParts: null, bytes: whole, ...changes }
    await expect(uploads.savePart(ACCOUNT, part)).rejects.toThrow(text)
  })

  test('of a different size than the others', async () => {
    await save(0, whole, 3)
    await expect(save(1, Buffer.alloc(8 * KIB), 3)).rejects.toThrow('FILE_PART_SIZE_CHANGED')
    await expect(save(2, Buffer.alloc(8 * KIB), 3)).rejects.toThrow('FILE_PART_SIZE_CHANGED')
    await save(2, Buffer.alloc(100), 3)
  })

  test('of uneven size before another part of a small file', async () => {
    await save(1, whole)
    await expect(save(0, Buffer.alloc(1000))).rejects.toThrow('FILE_PART_SIZE_INVALID')
  })
})

describe('a file is refused', () => {
  test.each([
    ['without parts', [], 1, 'FILE_PART_0_MISSING'],
    ['of no parts', [0], 0, 'FILE_PARTS_INVALID'],
    ['of too many', [0], 9000, 'FILE_PARTS_INVALID'],
    ['with a gap', [0, 2], 3, 'FILE_PART_1_MISSING'],
    ['without its end', [0, 1], 3, 'FILE_PART_2_MISSING'],
  ])('%s', async (_, indexes, parts, text) => {
    for (const index of indexes) await save(index, Buffer.alloc(KIB))
    await expect(uploads.take(ACCOUNT, inputFile(parts))).rejects.toThrow(text)
  })

  test('whose part count differs from the uploaded one', async () => {
    await save(0, Buffer.alloc(KIB), 2)
    await save(1, Buffer.alloc(KIB), 2)
    await expect(uploads.take(ACCOUNT, inputFile(1))).rejects.toThrow('FILE_PARTS_INVALID')
  })

  test('whose checksum does not match, until the right bytes are uploaded', async () => {
    const bytes = Buffer.from('the content')
    await save(0, bytes)
    const wrong = inputFile(1, '0'.repeat(32))
    await expect(uploads.take(ACCOUNT, wrong)).rejects.toThrow('MD5_CHECKSUM_INVALID')
    const md5 = createHash('md5').update(bytes).digest('hex').toUpperCase()
    expect(await uploads.take(ACCOUNT, inputFile(1, md5))).toMatchObject({ sha256: sha256(bytes) })
  })

  test('that another account uploaded', async () => {
    await save(0, Buffer.alloc(KIB))
    await expect(uploads.take(ACCOUNT + 1n, inputFile(1))).rejects.toThrow('FILE_PART_0_MISSING')
  })
})

test('the total may be sent with the last part only', async () => {
  const bytes = randomBytes(10 * KIB + 5)
  for (let index = 0; index < 10; index += 1) {
    await save(index, bytes.subarray(index * KIB, (index + 1) * KIB), -1)
  }
  await save(10, bytes.subarray(10 * KIB), 11)
  expect(await uploads.take(ACCOUNT, inputFile(11))).toMatchObject({ sha256: sha256(bytes) })
})

test('taking an upload twice returns the same content; a new upload returns new content', async () => {
  await save(0, Buffer.from('one'))
  const [first, second] = await Promise.all([
    uploads.take(ACCOUNT, inputFile(1)),
    uploads.take(ACCOUNT, inputFile(1)),
  ])
  expect(second).toEqual(first)
  expect(await uploads.take(ACCOUNT, inputFile(1))).toEqual(first)
  await save(0, Buffer.from('two'))
  expect(await uploads.take(ACCOUNT, inputFile(1))).not.toEqual(first)
})

test('media survive a restart, other uploads are removed', async () => {
  const journal = openJournal(join(folder, 'journal.jsonl'))
  uploads = new Uploads(journal, folder)
  await save(0, Buffer.from('kept'))
  const kept = await uploads.take(ACCOUNT, inputFile(1))
  await save(0, Buffer.from('dropped'))
  const dropped = await uploads.take(ACCOUNT, inputFile(1))
  await save(0, Buffer.from('unfinished'))
  const id = uploads.nextFileId(4)
  const { sha256: hash, size } = kept
  const file = { id, sha256: hash, size, format: 'binary', name: null, mimeType: '' } as const
  const media: UploadedMedia = {
    tl: { _: 'messageMediaDocument' },
    media: { kind: 'document', file },
    thumb: null,
  }
  uploads.keep(media)
  journal.close()

  uploads = new Uploads(openJournal(join(folder, 'journal.jsonl')), folder)
  expect(uploads.get(id)).toEqual(media)
  expect((await uploads.read(kept.sha256, 0, 9)).toString()).toBe('kept')
  expect(readdirSync(join(folder, 'uploads', 'contents'))).toEqual([kept.sha256])
  expect(existsSync(join(folder, 'uploads', 'parts'))).toBe(false)
  expect(dropped.sha256).not.toBe(kept.sha256)
  expect(uploads.nextFileId(4)).not.toBe(id)
})

test('a world without a journal leaves no files behind', async () => {
  uploads = new Uploads(createVolatileJournal(), null)
  await save(0, Buffer.from('x'))
  const { sha256: hash } = await uploads.take(ACCOUNT, inputFile(1))
  uploads.close()
  await expect(uploads.read(hash, 0, 1)).rejects.toThrow('ENOENT')
})

test('an upload of 200 MiB needs a fraction of that in memory', async () => {
  const parts = 400
  const part = randomBytes(512 * KIB)
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const observe = (): void => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  for (let index = 0; index < parts; index += 1) {
    await save(index, part, parts)
    observe()
  }
  const taken = uploads.take(ACCOUNT, { ...inputFile(parts), _: 'inputFileBig' })
  const timer = setInterval(observe, 1)
  expect(await taken).toMatchObject({ size: parts * part.length })
  clearInterval(timer)
  expect(most).toBeLessThan(100 * KIB * KIB)
})
