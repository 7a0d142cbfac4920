import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PROBLEM_CODES, statusOf } from '@telegather/contracts'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Codes that derive from a status of Fastify; packages/service tests both. */
const BY_STATUS: readonly string[] = ['payload_too_large', 'unsupported_media_type']

test('each problem code is raised by a service', () => {
  const sources = globSync(['apps/*/src/**/*.ts', 'packages/{service,sessions}/src/**/*.ts'], {
    cwd: ROOT,
  }).map((path) => readFileSync(`${ROOT}/${path}`, 'utf8'))
  const raised = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/(?:DomainError|refuse)\(\s*'(\w+)'|: \['(\w+)', '/g)].map(
        ([, code, clientError]) => code ?? clientError,
      ),
    ),
  )
  expect(sources.length).toBeGreaterThan(100)
  const unused = PROBLEM_CODES.filter((code) => !raised.has(code) && !BY_STATUS.includes(code))
  expect(unused).toEqual([])
})

test('the README lists the problem codes by status', () => {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8')
  const rows = [...readme.matchAll(/^\| (\d{3}) +\| (`[a-z_`, ]+`) +\|$/gm)].map(
    ([, status, codes = '']) => [Number(status), codes.match(/\w+/g)],
  )
  const byStatus = Object.entries(Object.groupBy(PROBLEM_CODES, statusOf))
  expect(rows).toEqual(byStatus.map(([status, codes]) => [Number(status), codes]))
})
