import { randomBytes } from 'node:crypto'
import { createLog } from '@telegather/service'
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { callRemote, CallUnserved, connectNats, type RemoteCall } from '../src/index.ts'
import type { Nats } from '../src/nats.ts'
import { startOutageProxy } from './outage-proxy.ts'

const log = createLog({ name: 'test', level: 'silent' })

let nats: Nats
let serverNats: Nats
let subject: string

beforeAll(() => {
  nats = connectNats(inject('natsUrl'), { name: 'caller', log })
  serverNats = connectNats(inject('natsUrl'), { name: 'server', log })
})
afterAll(async () => {
  await nats.close()
  await serverNats.close()
})
beforeEach(() => {
  subject = `test-${randomBytes(6).toString('hex')}.calls`
})

/** Subscribes to the subject and answers nothing, like a frozen process. */
async function subscribeSilently() {
  const connection = await serverNats.connection()
  connection.subscribe(subject)
  await connection.flush()
}

function callBy(caller: Nats, more: Partial<RemoteCall> = {}) {
  const call = { method: 'echo', args: {}, timeoutMs: 10_000, isEffect: false, ...more }
  return callRemote(caller, subject, call)
}

test('a call is confirmed within 3 s or fails, the wait for the connection included', async () => {
  await subscribeSilently()
  const proxy = await startOutageProxy(inject('natsUrl'))
  proxy.cut()
  const late = connectNats(proxy.url, { name: 'late', log })
  const startedAt = performance.now()
  const passed = () => performance.now() - startedAt
  const unserved = expect(callBy(late)).rejects.toThrow(CallUnserved)
  await vi.waitFor(() => expect(passed()).toBeGreaterThan(1_500), { timeout: 5_000 })
  proxy.restore()
  await unserved
  expect(passed()).toBeLessThan(4_000)
  await late.close()
  await proxy.close()
})

test('a call fails with CallUnserved at its deadline for the confirmation', async () => {
  await subscribeSilently()
  const startedAt = performance.now()
  await expect(callBy(nats, { confirmBy: startedAt + 100 })).rejects.toThrow(CallUnserved)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test('a call ends when its signal aborts between two of its waits', async () => {
  await subscribeSilently()
  await nats.connection()
  const stop = new AbortController()
  const made = callBy(nats, { signal: stop.signal })
  made.catch(() => undefined)
  // Resumes after the call has its connection, and before it waits for the confirmation.
  await nats.connection()
  stop.abort(new Error('enough'))
  await expect(made).rejects.toThrow('enough')
})
