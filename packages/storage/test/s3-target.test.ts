import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TargetFull, TargetUnavailable } from '../src/errors.ts'
import { S3Target } from '../src/s3/s3-target.ts'
import { startS3, type S3Server } from '../src/testing.ts'
import { BYTES, LARGE, PATIENTLY, inPieces, read } from './files.ts'

const SECRET = 'canary-of-a-secret-key'

let s3: S3Server
let target: S3Target
beforeEach(async () => {
  s3 = await startS3()
  target = new S3Target(s3.options)
})
afterEach(() => s3.close())

const write = (bytes: Buffer) => target.write({ path: 'a', owner: '1' }, inPieces(bytes))

interface Request {
  readonly method: string
  readonly url: URL
}
const isPart = ({ method, url }: Request, number: string) =>
  method === 'PUT' && url.searchParams.get('partNumber') === number
const isComplete = ({ method, url }: Request) =>
  method === 'POST' && url.searchParams.has('uploadId')
const isAbort = ({ method, url }: Request) =>
  method === 'DELETE' && url.searchParams.has('uploadId')

describe('a multipart upload', () => {
  test.each([
    ['the second part is refused', (request: Request) => (isPart(request, '2') ? 400 : null)],
    ['the last part is refused', (request: Request) => (isPart(request, '5') ? 400 : null)],
    [
      'the connection closes during a part',
      (request: Request) => (isPart(request, '2') ? ('cut' as const) : null),
    ],
    ['it cannot be completed', (request: Request) => (isComplete(request) ? 400 : null)],
  ])('leaves nothing when %s', async (_, fault) => {
    s3.fault = fault
    await expect(write(LARGE)).rejects.toThrow(TargetUnavailable)
    expect(await s3.objects()).toEqual([])
    expect(await s3.uploads()).toEqual([])
  })

  test.each(['cut', 500] as const)(
    'retries a part after a transient failure: %s',
    async (failure) => {
      const failed = new Set<string>()
      s3.fault = ({ method, url }) => {
        const request = `${method} ${url.pathname} ${url.searchParams.get('partNumber')}`
        if (!url.searchParams.has('partNumber') || failed.has(request)) return null
        failed.add(request)
        return failure
      }
      await write(LARGE)
      expect(failed.size).toBe(5)
      await vi.waitFor(
        async () => expect(LARGE.equals(await read(target, 'a'))).toBe(true),
        PATIENTLY,
      )
      expect(await s3.objects()).toEqual(['a'])
    },
  )

  test('that could not be aborted is aborted by clear', async () => {
    s3.fault = (request) => (isComplete(request) || isAbort(request) ? 400 : null)
    await expect(write(LARGE)).rejects.toThrow(TargetUnavailable)
    expect(await s3.uploads()).toEqual(['a'])

    s3.fault = () => null
    expect(await target.owners()).toEqual(['1'])
    await target.clear('2')
    expect(await s3.uploads()).toEqual(['a'])
    await target.clear('1')
    expect(await s3.uploads()).toEqual([])
    expect(await s3.objects()).toEqual([])
  })

  test('holds one part in memory when S3 is slow', async () => {
    const stop = new AbortController()
    s3.fault = (request) => (isPart(request, '1') ? 'hang' : null)
    let taken = 0
    const blocked = Promise.withResolvers<void>()
    async function* endless() {
      for (;;) {
        taken++
        if (taken === 5) blocked.resolve()
        yield new Uint8Array(1024 * 1024)
      }
    }
    const writing = target.write({ path: 'a', owner: '1', signal: stop.signal }, endless())
    await blocked.promise
    // Lets the writer read as many chunks as it can without an answer of S3.
    for (let turn = 0; turn < 100; turn++) await setImmediate()
    expect(taken).toBe(5)
    stop.abort()
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('that another process has aborted fails', async () => {
    const cleared = inPieces(LARGE, () => target.clear('1'))
    await expect(target.write({ path: 'a', owner: '1' }, cleared)).rejects.toThrow(
      TargetUnavailable,
    )
    expect(await s3.objects()).toEqual([])
    expect(await s3.uploads()).toEqual([])
  })

  test('ends when its signal aborts, even when S3 does not answer', async () => {
    const stop = new AbortController()
    s3.fault = (request) => {
      if (!isPart(request, '2')) return null
      stop.abort()
      return 'hang'
    }
    const file = { path: 'a', owner: '1', signal: stop.signal }
    await expect(target.write(file, inPieces(LARGE))).rejects.toMatchObject({ name: 'AbortError' })
    expect(await s3.uploads()).toEqual([])
  })
})

describe('a bucket with Object Lock', () => {
  test('accepts files of every size, because each write has a checksum', async () => {
    s3.isLocked = true
    expect(await target.check()).toBeNull()
    for (const [path, bytes] of Object.entries({ empty: Buffer.alloc(0), small: BYTES, LARGE })) {
      await target.write({ path, owner: '1' }, inPieces(bytes))
      expect(bytes.equals(await read(target, path))).toBe(true)
    }
    expect(s3.badDigests).toEqual([])
  })
})

describe('an error message of S3', () => {
  test("has S3's code and message, or only the code when there is no message", async () => {
    const sentence = 'The bucket is  closed\non Sundays'
    s3.fault = ({ method }) => (method === 'PUT' ? { status: 400, code: 'NotNow', sentence } : null)
    const problem = await target.check()
    expect(problem).toEqual(
      new TargetUnavailable('Target S3: it answers 400 NotNow: The bucket is closed on Sundays'),
    )
    s3.fault = ({ method }) => (method === 'PUT' ? { status: 403, code: 'AccessDenied' } : null)
    expect((await target.check())?.message).toBe(
      'Target S3: it refuses the access key, or the key lacks a permission (AccessDenied)',
    )
  })

  test.each([
    ['an endpoint that does not answer', { endpoint: 'http://127.0.0.1:1' }, /ECONNREFUSED/],
    ['a bucket that does not exist', { bucket: 'other' }, /has no bucket other$/],
    [
      'a wrong key',
      { credentials: { accessKeyId: 'nobody', secretAccessKey: SECRET } },
      /refuses the access key/,
    ],
  ])('names the problem: %s', async (_, options, sentence) => {
    const broken = new S3Target({ ...s3.options, ...options })
    const problem = await broken.check()
    expect(problem).toBeInstanceOf(TargetUnavailable)
    expect(problem?.message).toMatch(sentence)
    await expect(broken.write({ path: 'a', owner: '1' }, inPieces(BYTES))).rejects.toThrow(
      TargetUnavailable,
    )
    await expect(broken.open('a')).rejects.toThrow(TargetUnavailable)
    expect(inspect(problem, { depth: Infinity, showHidden: true })).not.toContain(SECRET)
  })
})

test('a full server fails with TargetFull, not with TargetUnavailable', async () => {
  s3.fault = ({ method }) => (method === 'PUT' ? 507 : null)
  expect(await target.check()).toEqual(new TargetFull('Target S3 is full'))
  await expect(write(BYTES)).rejects.toThrow(TargetFull)
  await expect(write(LARGE)).rejects.toThrow(TargetFull)
})

test('the idle timeout does not apply to the reader of a file', async () => {
  await write(BYTES)
  const impatient = new S3Target({ ...s3.options, idleTimeoutMs: 5_000 })
  const { stream } = await impatient.open('a')
  expect(stream).toMatchObject({ socket: { timeout: 0 } })
  stream.destroy()
})

test('share returns false, because S3 has no links', async () => {
  await write(BYTES)
  expect(await target.share()).toBe(false)
})
