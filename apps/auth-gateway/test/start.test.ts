import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@telegather/db/testing'
import { generateFernetKey } from '@telegather/secrets'
import { expect, inject, onTestFinished, test, vi } from 'vitest'

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

/** Runs a program of the gateway until it exits. */
async function run(path: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn(process.execPath, [source(path), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code: code as number | null, stdout, stderr }
}

async function environment(): Promise<NodeJS.ProcessEnv> {
  const database = await createTestDatabase(inject('postgresUrl'))
  onTestFinished(() => database.close())
  return {
    DATABASE_URL: database.url,
    NATS_URL: inject('natsUrl'),
    SESSION_ENC_KEY: generateFernetKey(),
    INTERNAL_KEY: 'k'.repeat(32),
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0'.repeat(32),
    PORT: '0',
  }
}

test.each([{ HOST: '0.0.0.0' }, { HOST: '127.0.0.1', AUTH_MODE: 'keys' }])(
  'with %j and no key it does not start, and prints the command that creates the first',
  async (exposure) => {
    const { code, stdout } = await run('main.ts', { ...(await environment()), ...exposure })
    expect(code).toBe(1)
    expect(stdout).toContain('node apps/auth-gateway/src/edge/keys/create-key-command.ts')
    expect(stdout).toContain('npm run keys:create-api')
    expect(stdout).not.toContain('http.listening')
  },
)

test('it is ready with Postgres and NATS, also while the other services are unavailable', async () => {
  // Port 9 is closed.
  const env = { ...(await environment()), SOURCES_URL: 'http://127.0.0.1:9' }
  const child = spawn(process.execPath, [source('main.ts')], { env, stdio: 'pipe' })
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  const url = await vi.waitFor(
    () => {
      const [, address] = /http\.listening (http:[^"]+)/.exec(output) ?? []
      if (address === undefined) throw new Error(`not listening yet:\n${output}`)
      return address
    },
    { timeout: 30_000 },
  )
  await vi.waitFor(async () => {
    const response = await fetch(`${url}/ready`)
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        ready: true,
        checks: { postgres: 'ok', nats: 'ok' },
        details: { telegram_clock_ahead_seconds: null },
      },
    ])
  })
})

test('it does not listen on other addresses than loopback without keys', async () => {
  const exposure = { HOST: '0.0.0.0', AUTH_MODE: 'none' }
  const { code, stderr } = await run('main.ts', { ...(await environment()), ...exposure })
  expect(code).toBe(1)
  expect(stderr).toContain('AUTH_MODE: expected keys')
})

test('the command line creates a key, and prints nothing else to stdout', async () => {
  const env = await environment()
  const created = await run(
    'edge/keys/create-key-command.ts',
    env,
    '--scopes',
    'sessions:read,audit:read',
  )
  expect(created).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^tg_[0-9a-f]{16}_[\w-]{43}\n$/),
  })
  expect(created.stderr).toContain('sessions:read, audit:read')
  expect(created.stderr).not.toContain(created.stdout.slice(20).trim())
})

test('the command line prints the reason when it creates no key', async () => {
  const unknownTenant = '01a1fbe7-a574-7738-94f6-51a6327e5ec3'
  const refused = await run(
    'edge/keys/create-key-command.ts',
    await environment(),
    '--tenant',
    unknownTenant,
  )
  expect(refused).toEqual({ code: 1, stdout: '', stderr: 'Tenant not found\n' })
})
