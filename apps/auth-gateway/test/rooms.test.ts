import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

/** The files of this app that each file imports, also for types only. */
const imports = new Map(
  globSync('**/*.ts', { cwd: SRC }).map((path) => {
    const found = readFileSync(join(SRC, path), 'utf8').matchAll(/(?:from|import) '(\.[^']+)'/g)
    return [path, [...found].map(([, to = '']) => normalize(join(dirname(path), to)))]
  }),
)

const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })))

/** Imports of files of one folder by files of another. */
const importsFrom = (room: string, by: string) =>
  edges.filter(({ from, to }) => from.startsWith(`${by}/`) && to.startsWith(`${room}/`))

test('edge and accounts do not import each other: only app.ts, config.ts and main.ts import both', () => {
  expect(imports.size).toBeGreaterThan(70)
  expect(edges.every(({ to }) => imports.has(to))).toBe(true)
  expect(importsFrom('accounts', 'edge')).toEqual([])
  expect(importsFrom('edge', 'accounts')).toEqual([])
  const top = [...imports.keys()].filter((path) => !/^(edge|accounts)\//.test(path))
  expect(top.toSorted()).toEqual(['app.ts', 'config.ts', 'main.ts'])
  expect(edges.filter(({ from, to }) => from.includes('/') && top.includes(to))).toEqual([])
})

test.each([
  ['accounts/login', 'accounts/sessions'],
  ['accounts/sessions', 'accounts/retired-logins'],
  ['accounts/login', 'accounts/retired-logins'],
  ['edge/auth', 'edge/keys'],
])('%s may import %s, not the other way', (above, below) => {
  expect(importsFrom(above, below)).toEqual([])
})

test('only accounts/sessions reads and writes rows of sessions', () => {
  const knowing = [...imports.keys()].filter((path) =>
    /\b(?:from|update|insert|delete)\(sessions\)/.test(readFileSync(join(SRC, path), 'utf8')),
  )
  expect(knowing.filter((path) => !path.startsWith('accounts/sessions/'))).toEqual([])
  expect(knowing).toContain('accounts/sessions/queries.ts')
})

test('there are no import cycles, not even of types', () => {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) circles.push([...trail.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const to of imports.get(path) ?? []) walk(to, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) walk(path, [])
  expect(circles).toEqual([])
})
