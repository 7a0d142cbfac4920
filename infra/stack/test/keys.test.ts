import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { generateFernetKey } from '@telegather/secrets'
import { expect, test } from 'vitest'
import { systemPath } from '../config.ts'
import { createDataDir, startStackProcess } from './stack-process.ts'

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url))

test('a stack beyond loopback starts once the printed command has created an API key', async () => {
  const dataDir = await createDataDir()
  const exposed = { HOST: '0.0.0.0', SESSION_ENC_KEY: generateFernetKey() }
  const refused = startStackProcess(dataDir, exposed)
  expect(await refused.exited).toBe(1)
  expect(refused.output()).not.toContain('http.listening')

  const [, command = ''] = /Create the first one:\n\n +(.+)\n/.exec(refused.output()) ?? []
  expect(command).toMatch(/ npm run keys:create-api$/)
  // The command that npm runs, without the launcher.
  const run = command.replace('npm run keys:create-api', 'node infra/stack/create-api-key.ts')
  const options = { cwd: CHECKOUT, env: { PATH: systemPath() }, encoding: 'utf8' } as const
  const key = execFileSync('/bin/sh', ['-c', run], { ...options, stdio: 'pipe' }).trim()

  const stack = startStackProcess(dataDir, exposed)
  const { urls } = await stack.ready()
  const ask = async (authorization: string) =>
    (await fetch(`${urls['gateway']}/sessions`, { headers: { authorization } })).status
  expect(await ask(`Bearer ${key}`)).toBe(200)
  expect(await ask('')).toBe(401)
  stack.signal('SIGTERM')
  expect(await stack.exited).toBe(0)
}, 240_000)
