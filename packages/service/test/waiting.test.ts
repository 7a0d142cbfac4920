import { expect, test } from 'vitest'
import { unlessAborted } from '../src/waiting.ts'

test('a promise that rejects after the signal aborted is not an unhandled rejection', async () => {
  const reason = new Error('aborted')
  for (const signal of [AbortSignal.abort(reason), new AbortController().signal]) {
    const controller = new AbortController()
    const late = Promise.withResolvers<never>()
    const waiting = unlessAborted(late.promise, AbortSignal.any([signal, controller.signal]))
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    late.reject(new Error('late'))
    await new Promise(setImmediate)
  }
})
