import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileFormat, FileSpec } from '../world/model.ts'
import { oggChecksum } from './ogg.ts'
import { readFile } from './read-file.ts'

const run = promisify(execFile)

function spec(format: FileFormat, size: number, rest: Partial<FileSpec> = {}): FileSpec {
  const sides = { width: 1280, height: 853 }
  return {
    id: 4_242n,
    format,
    size,
    name: 'a.pdf',
    mimeType: '',
    ...sides,
    durationSeconds: 31,
    ...rest,
  }
}

function whole(file: FileSpec): Buffer {
  return readFile(file, 0, file.size)
}

describe('pdf', () => {
  test.each([2_500, 40_000, 987_654])('of %i bytes: every offset and length is correct', (size) => {
    const text = whole(spec('pdf', size)).toString('latin1')
    expect(text.startsWith('%PDF-1.4\n')).toBe(true)
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1])
    const [, count, table] = /^xref\n0 (\d+)\n([\s\S]*?)trailer/.exec(text.slice(start)) ?? []
    const entries = (table ?? '').match(/.{20}/gs) ?? []
    expect(entries.length).toBe(Number(count))
    entries.slice(1).forEach((entry, index) => {
      const offset = Number(entry.slice(0, 10))
      expect(text.slice(offset, offset + 12)).toMatch(new RegExp(`^${index + 1} 0 obj\\n`))
    })
    for (const stream of text.matchAll(/<< \/Length (\d+) >>\nstream\n/g)) {
      const end = stream.index + stream[0].length + Number(stream[1])
      expect(text.slice(end, end + 11)).toBe('\nendstream\n')
    }
    expect(text).toContain('/Type /Page /Parent')
  })
})

/** Segments up to the scan; skips fill bytes before a marker, like a decoder. */
function jpegSegments(bytes: Buffer): { marker: number; data: Buffer }[] {
  const segments: { marker: number; data: Buffer }[] = []
  let at = 2
  for (;;) {
    expect(bytes[at]).toBe(0xff)
    while (bytes[at + 1] === 0xff) at += 1
    const marker = bytes[at + 1] ?? 0
    const length = bytes.readUInt16BE(at + 2)
    segments.push({ marker, data: bytes.subarray(at + 4, at + 2 + length) })
    at += 2 + length
    if (marker === 0xda) return [...segments, { marker: 0, data: bytes.subarray(at) }]
  }
}

/** Huffman codes of a DHT segment as bit strings. */
function huffmanCodes(data: Buffer): Map<string, number> {
  const codes = new Map<string, number>()
  let code = 0
  let next = 17
  for (let length = 1; length <= 16; length += 1) {
    for (let left = data[length] ?? 0; left > 0; left -= 1) {
      codes.set(code.toString(2).padStart(length, '0'), data[next] ?? 0)
      code += 1
      next += 1
    }
    code *= 2
  }
  return codes
}

/** The DC differences of `count` blocks; only padding may follow. */
function decodeLevels(bytes: Buffer, count: number): number[] {
  const segments = jpegSegments(bytes)
  const [dc, ac] = segments
    .filter(({ marker }) => marker === 0xc4)
    .map(({ data }) => huffmanCodes(data))
  const scan = segments.at(-1)?.data.subarray(0, -2) ?? Buffer.alloc(0)
  const stuffed = scan.toString('latin1').replaceAll('\xff\0', '\xff')
  let bits = ''
  for (const byte of Buffer.from(stuffed, 'latin1')) bits += byte.toString(2).padStart(8, '0')
  const symbol = (codes: Map<string, number> | undefined): number => {
    for (let length = 1; length <= 16; length += 1) {
      const found = codes?.get(bits.slice(0, length))
      if (found === undefined) continue
      bits = bits.slice(length)
      return found
    }
    throw new Error('no code')
  }
  const levels: number[] = []
  while (levels.length < count) {
    const category = symbol(dc)
    levels.push(category === 0 ? 0 : Number.parseInt(bits.slice(0, category), 2))
    bits = bits.slice(category)
    expect(symbol(ac)).toBe(0)
  }
  expect(bits).toMatch(/^1{0,7}$/)
  return levels
}

describe('jpeg', () => {
  test.each([7_000, 131_072, 400_003])(
    'of %i bytes: segments lead to a scan and its end',
    (size) => {
      const bytes = whole(spec('jpeg', size))
      expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
      expect(bytes.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]))
      const segments = jpegSegments(bytes)
      const frame = segments.find(({ marker }) => marker === 0xc0)?.data
      expect(frame?.readUInt16BE(1)).toBe(853)
      expect(frame?.readUInt16BE(3)).toBe(1280)
      const scan = segments.at(-1)?.data.subarray(0, -2) ?? Buffer.alloc(0)
      scan.forEach((byte, at) => {
        if (byte === 0xff) expect(scan[at + 1]).toBe(0)
      })
    },
  )

  test('the scan decodes to exactly one level per block', () => {
    const colour = decodeLevels(whole(spec('jpeg', 60_000, { width: 160, height: 96 })), 10 * 6 * 6)
    expect(new Set(colour).size).toBeGreaterThan(10)
    const grey = decodeLevels(whole(spec('jpeg', 200, { width: 100, height: 50 })), 13 * 7)
    expect(grey).toEqual(Array(13 * 7).fill(0))
  })

  test.each([1, 2, 3, 4, 5, 65_535, 65_536, 65_537, 65_539])('is padded by %i bytes', (padding) => {
    const sides = { width: 64, height: 64 }
    const least = whole(spec('jpeg', 20_000, sides)).lastIndexOf(Buffer.from([0xff, 0xdb]))
    const body = 20_000 - least
    const bytes = whole(spec('jpeg', body + 20 + padding, sides))
    expect(jpegSegments(bytes).some(({ marker }) => marker === 0xc0)).toBe(true)
  })
})

describe('png', () => {
  test.each([4_000, 12_345, 700_001])(
    'of %i bytes: chunks are whole and pixels complete',
    (size) => {
      const file = spec('png', size, { width: 200, height: 120 })
      const bytes = whole(file)
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
      const types: string[] = []
      const pixels: Buffer[] = []
      let at = 8
      while (at < bytes.length) {
        const length = bytes.readUInt32BE(at)
        const body = bytes.subarray(at + 4, at + 8 + length)
        const type = body.subarray(0, 4).toString()
        expect(crc32(body), type).toBe(bytes.readUInt32BE(at + 8 + length))
        if (type === 'IDAT') pixels.push(body.subarray(4))
        types.push(type)
        at += 12 + length
      }
      expect(types.at(-1)).toBe('IEND')
      expect(inflateSync(Buffer.concat(pixels)).length).toBe(201 * 120)
    },
  )
})

describe('ogg', () => {
  test.each([400, 5_000, 93_211, 1_200_000])('of %i bytes: pages follow each other', (size) => {
    const bytes = whole(spec('ogg', size))
    let at = 0
    for (let sequence = 0; at < bytes.length; sequence += 1) {
      expect(bytes.subarray(at, at + 4).toString()).toBe('OggS')
      expect(bytes.readUInt32LE(at + 18)).toBe(sequence)
      const lacing = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0))
      const end = at + 27 + lacing.length + lacing.reduce((sum, length) => sum + length, 0)
      const page = Buffer.from(bytes.subarray(at, end))
      page.writeUInt32LE(0, 22)
      expect(oggChecksum(page)).toBe(bytes.readUInt32LE(at + 22))
      expect((bytes[at + 5] ?? 0) & 4).toBe(end === bytes.length ? 4 : 0)
      at = end
    }
    expect(at).toBe(size)
  })

  test('the checksum is the one of RFC 3533', () => {
    // Polynomial 0x04c11db7, unreflected, no initial value and no final one: the check value of CRC-32/CKSUM's register.
    expect(oggChecksum(Buffer.from('123456789'))).toBe(0x89a1897f)
  })
})

test('mp3 frames follow each other to the end of the file', () => {
  const bytes = whole(spec('mp3', 500_123))
  let at = 10 + bytes.subarray(6, 10).reduce((sum, part) => sum * 128 + part, 0)
  const frame = bytes.indexOf(bytes.subarray(at, at + 3), at + 4) - at
  for (; at < bytes.length; at += frame) expect(bytes.readUInt16BE(at)).toBe(0xfffb)
  expect(at).toBe(bytes.length)
})

function boxes(bytes: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const end = at + bytes.readUInt32BE(at)
    expect(end).toBeLessThanOrEqual(bytes.length)
    found.set(bytes.subarray(at + 4, at + 8).toString(), bytes.subarray(at + 8, end))
  }
  return found
}

test('mp4 boxes nest, and the sample table points into the data', () => {
  const bytes = whole(spec('mp4', 1_000_003))
  const top = boxes(bytes)
  expect([...top.keys()]).toEqual(['ftyp', 'moov', 'mdat'])
  const inside = (parent: Buffer | undefined, name: string): Buffer | undefined =>
    parent && boxes(parent).get(name)
  const track = inside(top.get('moov'), 'trak')
  const table = inside(inside(inside(track, 'mdia'), 'minf'), 'stbl')
  const samples = inside(table, 'stsz')
  const offset = inside(table, 'stco')?.readUInt32BE(8) ?? 0
  expect(bytes.subarray(offset - 4, offset).toString()).toBe('mdat')
  const sampleBytes = (samples?.readUInt32BE(4) ?? 0) * (samples?.readUInt32BE(8) ?? 0)
  expect(samples?.readUInt32BE(8)).toBe(31 * 25)
  expect(sampleBytes).toBeLessThanOrEqual(bytes.length - offset)
  expect(inside(track, 'tkhd')?.readUInt32BE(76)).toBe(1280 * 65_536)
})

test.each([5_000, 5_001])('webp of %i bytes: chunks fill the container', (size) => {
  const bytes = whole(spec('webp', size, { width: 512, height: 300 }))
  const end = 8 + bytes.readUInt32LE(4)
  expect(bytes.subarray(0, 4).toString() + bytes.subarray(8, 12).toString()).toBe('RIFFWEBP')
  expect(size - end).toBe(size % 2)
  const types: string[] = []
  let at = 12
  while (at < end) {
    types.push(bytes.subarray(at, at + 4).toString())
    const length = bytes.readUInt32LE(at + 4)
    at += 8 + length + (length % 2)
  }
  expect(at).toBe(end)
  expect(types).toEqual(['VP8X', 'VP8L', 'FILL'])
})

/** Whether the machine has a program, checked by running it. */
async function available(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  )
}

describe('in other programs', async () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emulator-media-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function stored(file: FileSpec): Promise<string> {
    const path = join(folder, `${file.size}.${file.format}`)
    await writeFile(path, whole(file))
    return path
  }

  test.skipIf(!(await available('python3')))(
    'the zipfile module of Python accepts archives',
    async () => {
      for (const size of [300, 32_768, 99_999, 3_000_000]) {
        const path = await stored(spec('zip', size))
        const script =
          'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))'
        const { stdout } = await run('python3', ['-c', script, path])
        expect(stdout.trim()).toBe('None 2')
      }
    },
  )

  test.skipIf(!(await available('file')))('file(1) identifies every format', async () => {
    const names: [FileFormat, RegExp][] = [
      ['pdf', /PDF document, version 1\.4/],
      ['jpeg', /JPEG image data, JFIF.*1280x853, components 3/],
      ['png', /PNG image data, 1280 x 853, 8-bit colormap/],
      ['mp4', /ISO Media, MP4/],
      ['ogg', /Ogg data, Opus audio/],
      ['mp3', /layer III/],
      ['webp', /Web\/P image/],
      ['zip', /Zip archive data/],
    ]
    for (const [format, name] of names) {
      const { stdout } = await run('file', ['-b', await stored(spec(format, 200_000))])
      expect(stdout).toMatch(name)
    }
  })
})
