import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import postgres from 'postgres'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isRunning } from '../processes/process-identity.ts'
import { freePort } from '../servers/ports.ts'
import type { StackState } from '../processes/stack-file.ts'
import { freeRun } from './free-run.ts'
import { createDataDir, startStackProcess } from './stack-process.ts'

async function query(state: StackState, sql: string) {
  const client = postgres(state.urls['database'] ?? '', { max: 1, onnotice: () => {} })
  try {
    return await client.unsafe(sql)
  } finally {
    await client.end()
  }
}

const readiness = async ({ urls }: StackState) => (await fetch(`${urls['gateway']}/ready`)).status

const runningOf = (state: StackState) =>
  state.processes.filter((record) => isRunning(record)).map(({ name }) => name)

describe('the stack', { timeout: 120_000 }, () => {
  test('starts, refuses a second start, and leaves no process or file after SIGTERM', async () => {
    const dataDir = await createDataDir()
    const stack = startStackProcess(dataDir)
    const state = await stack.ready()
    expect(await readiness(state)).toBe(200)
    expect(runningOf(state).toSorted()).toEqual([
      'auth-gateway',
      'emulator',
      'nats',
      'postgres',
      'scraper',
      'sources',
    ])
    for (const secret of ['stack.json', 'session-enc-key', 'database-url'])
      expect(statSync(join(dataDir, secret)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(dataDir, 'database-url'), 'utf8').trim()).toBe(state.urls['database'])

    const second = startStackProcess(dataDir)
    expect(await second.exited).toBe(1)
    expect(second.output()).toContain(`${dataDir} is in use by the stack of process`)
    expect(await readiness(state)).toBe(200)

    stack.signal('SIGTERM')
    expect(await stack.exited).toBe(0)
    expect(stack.output()).toContain(`API       ${state.urls['gateway']}`)
    expect(runningOf(state)).toEqual([])
    for (const file of ['stack.json', 'lock', 'database-url'])
      expect(existsSync(join(dataDir, file)), file).toBe(false)
  })

  test('a killed stack ends its processes; a restarted one has the stored data', async () => {
    const dataDir = await createDataDir()
    const killed = startStackProcess(dataDir)
    const before = await killed.ready()
    await query(before, 'create table kept as select 42 as answer')
    killed.signal('SIGKILL')
    expect(await killed.exited).toBe('SIGKILL')
    await vi.waitUntil(() => runningOf(before).length === 0)

    const again = startStackProcess(dataDir)
    const after = await again.ready()
    expect(await query(after, 'select answer from kept')).toEqual([{ answer: 42 }])
    again.signal('SIGINT')
    expect(await again.exited).toBe(0)
    expect(runningOf(after)).toEqual([])
  })

  test('two stacks run side by side on adjacent ports, and one survives the death of the other', async () => {
    const first = await freeRun(6)
    const stacks = await Promise.all([startOn(first), startOn(first + 3)])
    const [one, other] = await Promise.all([stacks[0].ready(), stacks[1].ready()])
    expect(await readiness(one)).toBe(200)
    expect(await readiness(other)).toBe(200)
    stacks[0].signal('SIGKILL')
    await vi.waitUntil(() => runningOf(one).length === 0)
    expect(runningOf(other)).toHaveLength(6)
    expect(await readiness(other)).toBe(200)
    stacks[1].signal('SIGINT')
    expect(await stacks[1].exited).toBe(0)
    expect(runningOf(other)).toEqual([])

    async function startOn(port: number) {
      return startStackProcess(await createDataDir(), {
        PORT: String(port),
        EMULATOR_PORT: String(port + 1),
        EMULATOR_CONTROL_PORT: String(port + 2),
      })
    }
  })

  test('an error names a port in use before any process is started', async () => {
    const dataDir = await createDataDir()
    const holder = createServer().listen(await freePort(), '127.0.0.1')
    onTestFinished(() => void holder.close())
    await once(holder, 'listening')
    const address = holder.address()
    if (address === null || typeof address === 'string') throw new Error('not a TCP port')
    const stack = startStackProcess(dataDir, { PORT: String(address.port) })
    expect(await stack.exited).toBe(1)
    expect(stack.output()).toContain(`Port ${address.port} (PORT) is taken`)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
  })

  test('one message names all invalid variables before any process is started', async () => {
    const dataDir = await createDataDir()
    const stack = startStackProcess(dataDir, { LOG_LEVEL: 'loud', SCRAPER_CONCURRENCY: '0' })
    expect(await stack.exited).toBe(1)
    expect(stack.output()).toMatch(
      /^The environment is not usable:\n {2}LOG_LEVEL: .*\n {2}SCRAPER_CONCURRENCY: .*\n$/,
    )
    expect(readdirSync(dataDir)).toEqual([])
  })

  test('a stack that is still starting can be stopped', async () => {
    const dataDir = await createDataDir()
    const stack = startStackProcess(dataDir)
    await vi.waitUntil(() => existsSync(join(dataDir, 'stack.json')))
    stack.signal('SIGTERM')
    expect(await stack.exited).toBe(0)
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
  })
})
