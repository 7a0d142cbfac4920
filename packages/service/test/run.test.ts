import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const fixture = (name: string) => fileURLToPath(new URL(`processes/${name}`, import.meta.url))

interface Ended {
  readonly code: number | null
  readonly messages: string[]
  readonly output: string
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit'),
    written(child.stdout),
    written(child.stderr),
  ])
  const lines = stdout.split('\n').filter(Boolean)
  return { code, messages: lines.map((line) => JSON.parse(line).msg), output: stdout + stderr }
}

async function written(stream: Readable | null): Promise<string> {
  if (!stream) throw new Error('the stream is not a pipe')
  return text(stream)
}

/** Starts a fixture process with an IPC channel. */
function start(name: string, ...args: string[]) {
  return spawn(process.execPath, [fixture(name), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

function runToTheEnd(how: string): Promise<Ended> {
  return ended(start('ending.ts', how))
}

describe('a service that is stopped', () => {
  async function startInFlight() {
    const child = start('in-flight.ts')
    const end = ended(child)
    const [url] = await once(child, 'message')
    const answer = fetch(String(url))
    await once(child, 'message')
    return { child, end, answer }
  }

  test('by SIGTERM finishes its response, closes in reverse order and exits with code 0', async () => {
    const { child, end, answer } = await startInFlight()
    child.kill('SIGTERM')
    expect(await once(child, 'message')).toContain('stopping')
    child.send('go on')
    const response = await answer
    expect(await response.text()).toBe('finished')
    const { code, messages } = await end
    expect(code).toBe(0)
    expect(messages.slice(-5)).toEqual([
      'service.stopping',
      'http.request',
      'closed first',
      'closed last',
      'service.stopped',
    ])
  })

  test('by the disconnect of its parent exits with code 0', async () => {
    const { child, end, answer } = await startInFlight()
    child.send('go on')
    await (await answer).text()
    child.disconnect()
    const { code, output } = await end
    expect(code).toBe(0)
    expect(output).toContain('parent disconnected')
  })

  test('by several signals closes once and exits with code 0', async () => {
    const { code, messages } = await runToTheEnd('signals')
    expect(code).toBe(0)
    expect(messages).toEqual(['service.started', 'service.stopping', 'service.stopped'])
  })

  test.each(['start never ends', 'start is aborted'])(
    'during its start does not fail: %s',
    async (how) => {
      const { messages } = await runToTheEnd(how)
      expect(messages).toContain('service.stopping')
      expect(messages).not.toContain('service.failed')
    },
  )
})

describe('a service exits with code 1', () => {
  test('when it cannot start, and logs the error', async () => {
    const { code, messages, output } = await runToTheEnd('start fails')
    expect(code).toBe(1)
    expect(messages).toEqual(['service.failed', 'service.stopping', 'service.stopped'])
    expect(output).toContain('no database')
  })

  test.each(['rejection', 'exception'])(
    'after an unhandled %s, and runs its closers',
    async (how) => {
      const { code, messages, output } = await runToTheEnd(how)
      expect(code).toBe(1)
      expect(messages).toEqual([
        'service.started',
        'service.failed',
        'service.stopping',
        'service.stopped',
      ])
      expect(output).toContain('unhandled on purpose')
    },
  )

  test('when a closer fails, after running the others', async () => {
    const { code, messages, output } = await runToTheEnd('close fails')
    expect(code).toBe(1)
    expect(messages.slice(-2)).toEqual(['service.close_failed', 'service.stopped'])
    expect(output).toContain('"closer":"broken"')
  })

  test('when closing exceeds the deadline, and logs what was still open', async () => {
    const { code, messages, output } = await runToTheEnd('close hangs')
    expect(code).toBe(1)
    expect(messages.at(-1)).toBe('service.stop_timeout')
    expect(output).toContain('"open":["timer","hanging"]')
  })
})
