import { ConnectionLost, type MethodName } from '@telegather/telegram'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { CallRefused, type OpenedSession } from '../src/index.ts'
import { callHolder } from '../src/remote-calls.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

const open = (address: string) =>
  world.startProcess({ kind: 'gateway', address }).openSession(world.sessionId)

describe('calls to another process', () => {
  test('an argument of 5 MiB reaches the lease holder', async () => {
    const holder = await open('127.0.0.2')
    await holder.me()
    const other = await open('127.0.0.3')
    const cursor = 'x'.repeat(5 * 1024 * 1024)
    await expect(other.dialogs({ cursor })).rejects.toThrow('not a cursor of the dialogs')
  })

  test('the lease holder refuses a call with an invalid argument or an unknown method', async () => {
    await (await open('127.0.0.2')).me()
    const call = async (method: string, args: unknown) => {
      const request = { method: method as MethodName, args, timeoutMs: 5_000 }
      return (await callHolder(world.nats, world.subject, request)).value()
    }
    const channel = { id: '1', accessHash: '1' }
    const wrong = { channel, afterId: 0, limit: 1000 }
    await expect(call('historyPage', wrong)).rejects.toThrow(CallRefused)
    await expect(call('historyPage', wrong)).rejects.toThrow(/historyPage: limit: /)
    await expect(call('yield', { to: 'nobody' })).rejects.toThrow(CallRefused)
    await expect(call('toString', {})).rejects.toThrow(CallRefused)
  })

  test('an aborted call to another process ends with the abort reason', async () => {
    const holder = await open('127.0.0.2')
    await holder.me()
    const other = await open('127.0.0.3')
    await world.placeFault({ kind: 'stall', delay_ms: 60_000, match: { method: 'users.getUsers' } })
    const stop = new AbortController()
    const made = other.me({}, { signal: stop.signal, timeoutMs: 60_000 })
    made.catch(() => undefined)
    await vi.waitFor(async () => expect(await world.timesFired()).toBe(1))
    stop.abort(new Error('enough'))
    await expect(made).rejects.toThrow('enough')
  })
})

describe('effects during which the lease is lost', () => {
  test.each([
    ['the process that holds the lease', true],
    ['another process', false],
  ])(
    'an effect that %s has called is not repeated after the lease is lost',
    async (_who, isHolder) => {
      const own = await startWorld()
      try {
        const start = (address: string): Promise<OpenedSession> =>
          own.startProcess({ kind: 'gateway', address }).openSession(own.sessionId)
        const holder = await start('127.0.0.2')
        await holder.me()
        const caller = isHolder ? holder : await start('127.0.0.3')
        await own.placeFault({ kind: 'stall', delay_ms: 60_000, match: { method: 'auth.logOut' } })
        const made = caller.logOut()
        made.catch(() => undefined)
        await vi.waitFor(async () => expect(await own.timesFired()).toBe(1))
        await own.database.db.$client`
        update session_leases set epoch = epoch + 1, holder_id = gen_random_uuid(), expires_at = '-infinity'`
        await expect(made).rejects.toThrow(ConnectionLost)
        expect(await own.timesFired()).toBe(1)
      } finally {
        await own.close()
      }
    },
  )
})
