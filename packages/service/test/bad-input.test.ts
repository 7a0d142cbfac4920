import { connect } from 'node:net'
import { Problem } from '@telegather/contracts'
import { describe, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.ts'
import { problemOf, thingRoutes } from './things.ts'

async function postText(server: TestServer, body: string, type = 'application/json') {
  return fetch(`${server.url}/things`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
}

describe('bad input is answered with a problem', () => {
  const cases: [string, string, Partial<Problem>][] = [
    [
      'a missing field',
      '{}',
      { code: 'invalid_input', errors: [expect.objectContaining({ field: 'name' })] },
    ],
    [
      'a bad element',
      '{"name":"ab","tags":["x",1]}',
      { errors: [expect.objectContaining({ field: 'tags.1' })] },
    ],
    [
      'an unknown field',
      '{"name":"ab","admin":1}',
      { errors: [{ field: 'admin', message: 'Unknown field' }] },
    ],
    ['an array instead of an object', '[]', { code: 'invalid_input' }],
    ['a NUL character', String.raw`{"name":"a\u0000b"}`, { code: 'invalid_input' }],
    ['a NUL character in a name', String.raw`{"name":"ab","a\u0000":1}`, { code: 'invalid_input' }],
    ['deep nesting', `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, { status: 400 }],
    ['invalid JSON', '{"name":', { code: 'bad_request' }],
    ['an empty body', '', { code: 'invalid_input' }],
    ['a lone surrogate', String.raw`{"name":"a\ud800b"}`, { code: 'invalid_input' }],
    ['a lone surrogate in a name', String.raw`{"name":"ab","\udc00":1}`, { code: 'invalid_input' }],
    ['a __proto__ field', '{"__proto__":{"admin":1}}', { code: 'bad_request' }],
  ]
  test.each(cases)('%s', async (_name, body, expected) => {
    await using server = await startServer(thingRoutes)
    const response = await postText(server, body)
    expect(await problemOf(response)).toMatchObject({ status: 400, ...expected })
  })

  test('the detail names the field', async () => {
    await using server = await startServer(thingRoutes)
    const { detail } = await problemOf(await postText(server, '{"name":"a"}'))
    expect(detail).toMatch(/^name: .*2/)
  })

  test('at most 20 field errors are listed', async () => {
    await using server = await startServer(thingRoutes)
    const tags = Array.from({ length: 1_000 }, () => 1)
    const problem = await problemOf(await postText(server, JSON.stringify({ name: 'ab', tags })))
    expect(problem.errors).toHaveLength(20)
  })

  test('an invalid path parameter', async () => {
    await using server = await startServer(thingRoutes)
    const problem = await problemOf(await fetch(`${server.url}/things/seven`))
    expect(problem).toMatchObject({ status: 400, errors: [{ field: 'thing_id' }] })
  })

  test.each(['%', '%ED%A0%80'])('a URL that is not UTF-8: %s', async (query) => {
    await using server = await startServer(thingRoutes)
    const problem = await problemOf(await fetch(`${server.url}/things/7?q=${query}`))
    expect(problem).toMatchObject({ status: 400, code: 'invalid_input' })
  })

  test('an unsupported media type', async () => {
    await using server = await startServer(thingRoutes)
    const response = await postText(server, 'name=ab', 'application/x-yaml')
    expect(await problemOf(response)).toMatchObject({ code: 'unsupported_media_type' })
  })

  test('a body of more than 1 MiB', async () => {
    await using server = await startServer(thingRoutes)
    const response = await postText(server, `{"name":"${'a'.repeat(1024 * 1024)}"}`)
    expect(await problemOf(response)).toMatchObject({ code: 'payload_too_large' })
  })

  test.each(['/nothing', '/things/1/parts', '/%', `/things/${'9'.repeat(300)}`])(
    '%s',
    async (path) => {
      await using server = await startServer(thingRoutes)
      const problem = await problemOf(await fetch(server.url + path))
      expect(problem.status).toBeLessThan(500)
    },
  )

  test.each([
    ['text that is not HTTP', 'GET nonsense\r\n\r\n', '400 Bad Request', 'bad_request'],
    [
      'headers of 40 kB',
      `GET / HTTP/1.1\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
      'headers_too_large',
    ],
    [
      'headers that never end',
      'GET / HTTP/1.1\r\nhost: a\r\n',
      '408 Request Timeout',
      'request_timeout',
    ],
    ['a connection that sends nothing', '', '408 Request Timeout', 'request_timeout'],
  ])('%s', async (_, text, status, code) => {
    await using server = await startServer(() => {}, { headersTimeoutMs: 200 })
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8')
    socket.write(text)
    const answer = (await socket.toArray()).join('')
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head).toMatch(`HTTP/1.1 ${status}\r\ncontent-type: application/problem+json`)
    expect(Problem.parse(JSON.parse(body))).toMatchObject({ code, status: parseInt(status) })
  })
})
