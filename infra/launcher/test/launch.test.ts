import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { systemPath } from '../../stack/config.ts'

const ROOT = new URL('../../../', import.meta.url)
const LAUNCHER = fileURLToPath(new URL('infra/launcher/launch.mjs', ROOT))
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')))

interface Ended {
  /** Exit code; absent when it is 0. */
  readonly code?: number
  readonly stdout: string
  readonly stderr: string
}

async function launch(...args: string[]): Promise<Ended> {
  const env = { PATH: systemPath(), NO_COLOR: '1' }
  return promisify(execFile)(process.execPath, [LAUNCHER, ...args], { env }).catch(
    (error: Ended) => error,
  )
}

test('every script of package.json runs the launcher task of the same name', () => {
  for (const [name, command] of Object.entries(scripts))
    expect(command).toBe(`exec node infra/launcher/launch.mjs ${name}`)
})

test.each([[[]], [['starts']], [['toString']]])(
  'the task %j is refused with a list of all tasks',
  async (args) => {
    const { code, stderr } = await launch(...args)
    expect(code).toBe(1)
    expect(stderr).toBe(`usage: launch.mjs ${Object.keys(scripts).join('|')} [arguments]\n`)
  },
)

test('the task test passes a path to vitest as a filter and returns its exit code', async () => {
  const { code, stdout, stderr } = await launch('test', 'infra/launcher/no-such.test.ts')
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('filter: infra/launcher/no-such.test.ts')
})

test('options are passed to the task unchanged', async () => {
  const { code, stdout } = await launch('format', '--check', 'infra/launcher')
  expect(stdout).toContain('All matched files use the correct format')
  expect(code).toBeUndefined()
})
