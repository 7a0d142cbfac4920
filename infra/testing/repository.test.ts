import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const TOP_LEVEL = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'apps',
  'docker-compose.yml',
  'docs',
  'infra',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.base.json',
  'tsconfig.json',
  'turbo.json',
]

/** Matches absolute paths of home and work directories. Paths in images begin with `/app` and do not match. */
const MACHINE_PATH = '(^|[^A-Za-z0-9_.~/])/(root|home|Users|work)/[A-Za-z0-9]'

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean)

/** Lines of tracked files. */
function grep(pattern: string): string[] {
  try {
    return git('grep', '-nIE', pattern)
  } catch (error) {
    // git grep exits with 1 when no line matches.
    if ((error as { status?: number }).status === 1) return []
    throw error
  }
}

describe.skipIf(!existsSync(`${ROOT}/.git`))('tracked files', () => {
  test('the top level contains only the listed entries and dotfiles', () => {
    const entries = new Set(git('ls-files').map((path) => path.split('/', 1)[0] ?? ''))
    const shown = [...entries].filter((name) => !name.startsWith('.'))
    expect(shown.toSorted()).toEqual(TOP_LEVEL)
  })

  test('no tracked file contains a path of a home or work directory', () => {
    const here = grep(MACHINE_PATH).filter(
      (line) => !line.startsWith('infra/testing/repository.test.ts:'),
    )
    expect(here).toEqual([])
  })
})

test('the lockfile contains no URLs', () => {
  const lockfile = readFileSync(`${ROOT}/pnpm-lock.yaml`, 'utf8')
  expect(lockfile.match(/^.*(tarball:|https?:\/\/).*$/gm) ?? []).toEqual([])
})
