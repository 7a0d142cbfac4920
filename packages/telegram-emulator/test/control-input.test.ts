import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { control, messagesOf } from './control.ts'

const CHANNEL = 5001

let emulator: OpenEmulator

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  await control(emulator, 'POST', '/channels', { id: CHANNEL, title: 'Some channel' })
  await control(emulator, 'POST', `/channels/${CHANNEL}/generate`, { messages: 30, seed: 1 })
})

afterAll(() => emulator.close())

async function problemOf(method: string, path: string, body?: unknown): Promise<unknown[]> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${emulator.controlUrl}${path}`, init)
  return [response.status, ((await response.json()) as { code?: string }).code]
}

test('entities have to be within their text', async () => {
  const before = await messagesOf(emulator, BigInt(CHANNEL))
  for (const [offset, length] of [
    [0, 5],
    [4, 1],
    [3, 2],
  ]) {
    const entities = [{ type: 'bold', offset, length }]
    const post = { channel_id: CHANNEL, text: 'four', entities }
    expect(await problemOf('POST', '/messages', post)).toEqual([400, 'invalid_input'])
    const edit = { text: 'four', entities }
    expect(await problemOf('PATCH', `/messages/${CHANNEL}/2`, edit)).toEqual([400, 'invalid_input'])
  }
  expect(await messagesOf(emulator, BigInt(CHANNEL))).toEqual(before)
})

test('an edit needs a text, and service messages cannot be edited', async () => {
  const path = `/messages/${CHANNEL}`
  expect(await problemOf('PATCH', `${path}/2`, {})).toEqual([400, 'invalid_input'])
  const service = emulator.world.channels.get(BigInt(CHANNEL))?.get(1)
  expect(service?.tl._).toBe('messageService')
  expect(await problemOf('PATCH', `${path}/1`, { text: 'x' })).toEqual([409, 'service_message'])
})

test('a fault has to name a method of the schema, or a namespace', async () => {
  const fault = (method: string) => ({ kind: 'flood_wait', seconds: 1, match: { method } })
  for (const method of ['messages.getHistroy', 'nothing.*']) {
    expect(await problemOf('POST', '/faults', fault(method))).toEqual([400, 'unknown_method'])
  }
  for (const method of ['messages.getHistory', 'messages.*', 'ping']) {
    expect((await problemOf('POST', '/faults', fault(method)))[0]).toBe(201)
  }
})

test.each(['//', '///x', 'http://['])('the address %s is not found', async (path) => {
  const { port } = new URL(emulator.controlUrl)
  const status = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(404)
})
