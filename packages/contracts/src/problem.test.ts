import { expect, test } from 'vitest'
import { API_CONTRACTS } from './api.ts'
import { GENERAL_CODES, PROBLEM_CODES, problems, statusOf } from './problem.ts'

/** Codes that no contract lists: the gateway documents those of routes that need a key; `not_found` is for unknown URLs. */
const ACCESS_CODES = ['unauthorized', 'forbidden', 'scope_missing', 'not_found']

test('the problems of a contract are grouped by status, and each description lists its codes', () => {
  const responses = problems('source_not_found', 'run_under_way', 'source_changed')
  const described = Object.entries(responses).map(([status, { description = '' }]) => [
    status,
    [...description.matchAll(/^- `(\w+)`: /gm)].map(([, code]) => code),
  ])
  expect(described).toEqual([
    ['404', ['source_not_found']],
    ['409', ['run_under_way', 'source_changed']],
  ])
})

test('each problem code is listed by a contract or by GENERAL_CODES', () => {
  const described = API_CONTRACTS.flatMap(({ schema }) =>
    Object.values(schema.response).flatMap(({ description = '' }) =>
      [...description.matchAll(/^- `(\w+)`: /gm)].map(([, code]) => code),
    ),
  )
  const known = new Set([...described, ...GENERAL_CODES, ...ACCESS_CODES])
  expect(PROBLEM_CODES.filter((code) => !known.has(code))).toEqual([])
})

test('problem codes are sorted by status', () => {
  const statuses = PROBLEM_CODES.map(statusOf)
  expect(statuses).toEqual(statuses.toSorted((a, b) => a - b))
})
