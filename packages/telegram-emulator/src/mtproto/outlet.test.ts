import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Outlet, type LinkConditions } from './outlet.ts'

let sender: Socket
let receiver: Socket
let received: string

beforeEach(async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  receiver = connect((server.address() as AddressInfo).port, '127.0.0.1')
  received = ''
  receiver.on('data', (chunk) => {
    received += chunk.toString()
  })
  sender = ((await accepted) as [Socket])[0]
  server.close()
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
  sender.destroy()
  receiver.destroy()
})

function outletUnder(conditions: () => LinkConditions | null): Outlet {
  return new Outlet(sender, conditions, () => undefined)
}

/** The received data once everything released has arrived. A byte sent directly to the socket marks the end. */
async function arrived(): Promise<string> {
  sender.write('|')
  while (!received.endsWith('|')) await once(receiver, 'data')
  received = received.slice(0, -1)
  return received
}

test('without conditions everything leaves at once', async () => {
  const outlet = outletUnder(() => null)
  outlet.write([Buffer.from('a'), Buffer.from('b')])
  expect(await arrived()).toBe('ab')
})

test('flushed data is sent before a connection is destroyed', async () => {
  const outlet = outletUnder(() => null)
  outlet.write([Buffer.from('last words')])
  outlet.flush()
  sender.destroy()
  await once(receiver, 'end')
  expect(received).toBe('last words')
})

test('delayed data is sent later, and later data stays behind it', async () => {
  let conditions: LinkConditions | null = { delayMs: 500, bytesPerSecond: Infinity }
  const outlet = outletUnder(() => conditions)
  outlet.write([Buffer.from('late')])
  conditions = null
  outlet.write([Buffer.from(' later')])
  vi.advanceTimersByTime(499)
  expect(await arrived()).toBe('')
  expect(outlet.unsentBytes).toBe(10)
  vi.advanceTimersByTime(1)
  expect(await arrived()).toBe('late later')
})

test('the bandwidth limit is kept', async () => {
  const outlet = outletUnder(() => ({ delayMs: 0, bytesPerSecond: 100 }))
  outlet.write([Buffer.from('x'.repeat(100))])
  expect(await arrived()).toHaveLength(5)
  vi.advanceTimersByTime(500)
  expect(await arrived()).toHaveLength(55)
  vi.advanceTimersByTime(450)
  expect(await arrived()).toHaveLength(100)
})

test('closing waits until all data is sent', async () => {
  const outlet = outletUnder(() => ({ delayMs: 500, bytesPerSecond: Infinity }))
  outlet.write([Buffer.from('last words')])
  outlet.end()
  outlet.write([Buffer.from('too late')])
  expect(sender.writable).toBe(true)
  vi.advanceTimersByTime(500)
  await once(receiver, 'end')
  expect(received).toBe('last words')
})
