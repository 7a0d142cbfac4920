import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionLost,
  FloodWait,
  PeerNotFound,
  RpcFailed,
  Timeout,
  withRetry,
} from '../src/index.ts'

/** A call that fails with these errors, one after the other, and then answers. */
function failing(...errors: readonly Error[]) {
  const left = [...errors]
  return async () => {
    const error = left.shift()
    if (error) throw error
    return 'done'
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a call is repeated', () => {
  test('after the wait that Telegram asks for', async () => {
    const start = Date.now()
    const result = withRetry({}, failing(new FloodWait(3), new FloodWait(10)))
    await vi.runAllTimersAsync()
    expect(await result).toBe('done')
    expect(Date.now() - start).toBe(13_000)
  })

  test('after lost connections, missing answers and trouble inside Telegram', async () => {
    const errors = [new ConnectionLost('cut'), new Timeout('late'), new RpcFailed(500, 'X')]
    const result = withRetry({}, failing(...errors))
    await vi.runAllTimersAsync()
    expect(await result).toBe('done')
  })
})

describe('a call is given up', () => {
  test('when the wait is longer than the caller absorbs', async () => {
    await expect(withRetry({}, failing(new FloodWait(11)))).rejects.toThrow(FloodWait)
    const options = { maxFloodWaitSeconds: 0 }
    await expect(withRetry(options, failing(new FloodWait(1)))).rejects.toThrow(FloodWait)
  })

  test('after the fourth lost connection', async () => {
    const errors = Array.from({ length: 4 }, () => new ConnectionLost('cut'))
    const result = expect(withRetry({}, failing(...errors))).rejects.toThrow(ConnectionLost)
    await vi.runAllTimersAsync()
    await result
  })

  test('at once after any other error', async () => {
    await expect(withRetry({}, failing(new PeerNotFound('x')))).rejects.toThrow(PeerNotFound)
    await expect(withRetry({}, failing(new RpcFailed(400, 'X')))).rejects.toThrow(RpcFailed)
  })

  test('when told to', async () => {
    const stop = new AbortController()
    const result = withRetry({ signal: stop.signal }, failing(new FloodWait(5)))
    const failure = expect(result).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await failure
  })
})
