import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionLost,
  FloodWait,
  PeerNotFound,
  RpcFailed,
  Timeout,
  withRetry,
} from '../src/index.ts'

/** A call that throws these errors in order, and then succeeds. */
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

describe('withRetry', () => {
  test('a call is retried after each flood wait', async () => {
    const start = Date.now()
    const result = withRetry({}, failing(new FloodWait(3), new FloodWait(10)))
    await vi.runAllTimersAsync()
    expect(await result).toBe('done')
    expect(Date.now() - start).toBe(13_000)
  })

  test('a call is retried after a lost connection, a timeout and a server-side error', async () => {
    const errors = [new ConnectionLost('cut'), new Timeout('late'), new RpcFailed(500, 'X')]
    const result = withRetry({}, failing(...errors))
    await vi.runAllTimersAsync()
    expect(await result).toBe('done')
  })

  test('a flood wait longer than the limit is thrown', async () => {
    await expect(withRetry({}, failing(new FloodWait(11)))).rejects.toThrow(FloodWait)
    const options = { maxFloodWaitSeconds: 0 }
    await expect(withRetry(options, failing(new FloodWait(1)))).rejects.toThrow(FloodWait)
  })

  test('the fourth lost connection is thrown', async () => {
    const errors = Array.from({ length: 4 }, () => new ConnectionLost('cut'))
    const result = expect(withRetry({}, failing(...errors))).rejects.toThrow(ConnectionLost)
    await vi.runAllTimersAsync()
    await result
  })

  test('any other error is thrown without a retry', async () => {
    await expect(withRetry({}, failing(new PeerNotFound('x')))).rejects.toThrow(PeerNotFound)
    await expect(withRetry({}, failing(new RpcFailed(400, 'X')))).rejects.toThrow(RpcFailed)
  })

  test('an aborted signal ends the wait with its reason', async () => {
    const stop = new AbortController()
    const result = withRetry({ signal: stop.signal }, failing(new FloodWait(5)))
    const failure = expect(result).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await failure
  })
})
