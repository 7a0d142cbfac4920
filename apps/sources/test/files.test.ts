import { createHash } from 'node:crypto'
import { TARGETS } from '@telegather/contracts'
import { startS3, type S3Server } from '@telegather/storage/testing'
import { parse } from 'content-disposition'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addArchive, addFile, addMessages } from './archives.ts'
import { startService, type Service } from './service.ts'

const SIZE = 200_000
const BYTES = Buffer.alloc(SIZE)
for (let index = 0; index < SIZE; index++) BYTES[index] = (index * 7919) >> 5

describe('GET /files/{id}/content', () => {
  let s3: S3Server
  let service: Service
  let sourceId: number
  let nextMessageId = 1

  beforeAll(async () => {
    s3 = await startS3()
    service = await startService({ s3: s3.options })
    sourceId = await addArchive(service)
  })
  afterAll(async () => {
    await service.close()
    await s3.close()
  })

  async function stored(
    file: Omit<Parameters<typeof addFile>[2], 'content'> & { content?: Buffer },
  ) {
    const messageId = nextMessageId++
    await addMessages(service, sourceId, [{ id: messageId }])
    return addFile(service, { sourceId, messageId }, { ...file, content: [file.content ?? BYTES] })
  }
  const get = (id: number, headers: Record<string, string> = {}, method = 'GET') =>
    service.ask(`/files/${id}/content`, { method, headers })
  const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

  test.each(TARGETS)('a file on %s is served completely and by ranges', async (target) => {
    const { id, sha256 } = await stored({ target })
    const whole = await get(id)
    expect(whole.status).toBe(200)
    expect(whole.headers.get('content-length')).toBe(String(SIZE))
    expect(
      createHash('sha256')
        .update(await bytesOf(whole))
        .digest('hex'),
    ).toBe(sha256)
    const place = fc.integer({ min: 0, max: SIZE + 1000 })
    await fc.assert(
      fc.asyncProperty(
        place,
        place,
        fc.constantFrom('both', 'from', 'last'),
        async (a, b, kind) => {
          const [first, last] = [Math.min(a, b), Math.max(a, b)]
          const range = { both: `${first}-${last}`, from: `${first}-`, last: `-${last}` }[kind]
          const answer = await get(id, { range: `bytes=${range}` })
          const start = kind === 'last' ? Math.max(0, SIZE - last) : first
          const end = kind === 'both' ? Math.min(last, SIZE - 1) : SIZE - 1
          if (start >= SIZE) {
            expect(answer.status).toBe(416)
            expect(answer.headers.get('content-range')).toBe(`bytes */${SIZE}`)
            expect(answer.headers.get('content-type')).toBe(
              'application/problem+json; charset=utf-8',
            )
            await answer.body?.cancel()
            return
          }
          expect(answer.status).toBe(206)
          expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${SIZE}`)
          expect((await bytesOf(answer)).equals(BYTES.subarray(start, end + 1))).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  test.each(['bytes=5-2', 'bytes=a-b', 'bytes=-', 'lines=0-1', 'bytes=0-1,4-5', 'bytes 0-1', ''])(
    'the unsupported range %o gets the complete file',
    async (range) => {
      const { id } = await stored({})
      const answer = await get(id, { range })
      expect(answer.status).toBe(200)
      expect((await bytesOf(answer)).length).toBe(SIZE)
    },
  )

  test('a range of an empty file gets 416', async () => {
    const { id } = await stored({ content: Buffer.alloc(0) })
    expect((await bytesOf(await get(id))).length).toBe(0)
    expect((await get(id, { range: 'bytes=0-' })).status).toBe(416)
  })

  test('HEAD has the headers of the complete file, without bytes, and ignores the range', async () => {
    const { id, sha256 } = await stored({ mimeType: 'video/mp4' })
    const answer = await get(id, { range: 'bytes=0-9' }, 'HEAD')
    expect(answer.status).toBe(200)
    expect((await bytesOf(answer)).length).toBe(0)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': String(SIZE),
      'content-type': 'video/mp4',
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'last-modified': 'Sat, 01 Feb 2025 00:00:00 GMT',
    })
  })

  test('conditional requests get 304 for an unchanged file, and a range only if If-Range matches', async () => {
    const { id, sha256 } = await stored({})
    const status = async (headers: Record<string, string>) => {
      const answer = await get(id, headers)
      await answer.body?.cancel()
      return answer.status
    }
    const etag = `"${sha256}"`
    expect(await status({ 'if-none-match': etag })).toBe(304)
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304)
    expect(await status({ 'if-none-match': '*' })).toBe(304)
    expect(await status({ 'if-none-match': '"x"' })).toBe(200)
    expect(await status({ 'if-modified-since': 'Sat, 01 Feb 2025 00:00:00 GMT' })).toBe(304)
    expect(await status({ 'if-modified-since': 'Fri, 31 Jan 2025 00:00:00 GMT' })).toBe(200)
    expect(await status({ 'if-modified-since': 'no date' })).toBe(200)
    const later = 'Sat, 01 Feb 2025 00:00:00 GMT'
    expect(await status({ 'if-none-match': '"x"', 'if-modified-since': later })).toBe(200)
    const range = 'bytes=0-9'
    expect(await status({ range, 'if-range': etag })).toBe(206)
    expect(await status({ range, 'if-range': later })).toBe(206)
    for (const other of ['"x"', `W/${etag}`, 'Sat, 01 Feb 2025 00:00:01 GMT', 'no date'])
      expect(await status({ range, 'if-range': other })).toBe(200)
  })

  test.each([
    ['Отчёт за 2024 год.pdf', 'application/pdf', 'inline', 'Отчёт за 2024 год.pdf'],
    ['a"b\\c;d.jpg', 'IMAGE/JPEG', 'inline', 'a"b_c;d.jpg'],
    ['../../etc/passwd', 'text/plain', 'inline', '.._.._etc_passwd'],
    ['page.html', 'text/html', 'attachment', 'page.html'],
    ['drawing.svg', 'image/svg+xml', 'attachment', 'drawing.svg'],
    ['gpj\u202Eexe.\r\nset-cookie: a=b', 'x\r\ny', 'attachment', 'gpj_exe.__set-cookie: a=b'],
    [null, 'application/zip', 'attachment', /^\d+_file$/],
    ['..\u200B', 'text/html', 'attachment', /^\d+_file$/],
    [`${'💩图'.repeat(3000)}.pdf`, 'text/html', 'attachment', /^(💩图){65}_\.pdf$/u],
  ])(
    'a file named %o of type %o has the disposition %s',
    async (name, mimeType, type, fileName) => {
      const { id } = await stored({ name, mimeType, content: Buffer.from('bytes') })
      const { headers } = await get(id)
      expect(headers.get('content-disposition')).not.toContain('?')
      const disposition = parse(headers.get('content-disposition') ?? '')
      expect(disposition.type).toBe(type)
      expect(disposition.parameters['filename']).toEqual(
        typeof fileName === 'string' ? fileName : expect.stringMatching(fileName),
      )
      const expected =
        { 'text/plain': 'text/plain; charset=utf-8' }[mimeType] ?? mimeType.toLowerCase()
      expect(headers.get('content-type')).toBe(
        type === 'inline' ? expected : 'application/octet-stream',
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      // PDF has no `sandbox`: browsers do not show a PDF in a sandbox.
      expect(policy.includes('sandbox')).toBe(mimeType !== 'application/pdf')
      expect(headers.get('set-cookie')).toBeNull()
    },
  )

  test('a file that is missing, not stored or on an unavailable target gets an error with the reason', async () => {
    const { $client } = service.database.db
    const { id, path } = await stored({ target: 'S3' })
    const answer = async () => service.call(`GET /files/${id}/content`)
    await service.targets.S3?.delete(path)
    expect((await get(id, {}, 'HEAD')).status).toBe(404)
    expect(await answer()).toMatchObject({
      status: 404,
      body: { detail: 'Target S3 does not have this file any more' },
    })
    s3.fault = () => 'cut'
    expect(await answer()).toMatchObject({ status: 503, body: { code: 'target_unavailable' } })
    s3.fault = () => null
    await $client`update files set target = 'LOCAL', path = '../outside' where id = ${id}`
    expect((await answer()).status).toBe(404)
    await $client`update files set state = 'failed', error = 'Too large' where id = ${id}`
    expect(await answer()).toMatchObject({
      status: 409,
      body: { code: 'file_not_stored', detail: 'The file is not stored (failed): Too large' },
    })
    expect(await service.call(`GET /files/${id}`)).toMatchObject({
      status: 200,
      body: { id, source_id: sourceId, state: 'failed', error: 'Too large' },
    })
    for (const path of ['/files/999999', '/files/999999/content', '/messages/999999'])
      expect((await service.call(`GET ${path}`)).status).toBe(404)
    expect((await service.call('GET /files/x')).status).toBe(400)
  })
})
