import { expect, test } from 'vitest'
import { NewSource } from './source.ts'

const SOURCE = { name: 'News', identifier: '@news', access_level: 'public', target: 'LOCAL' }

test.each([
  ['1', 1],
  ['2147483647', 2_147_483_647],
  [7, 7],
])('a session id of a source may be digits: %j', (given, sessionId) => {
  expect(NewSource.parse({ ...SOURCE, session_ref: given }).session_ref).toBe(sessionId)
})

test.each(['0', '2147483648', '9999999999', 2_147_483_648, '', '-1'])(
  'a session id that Postgres cannot have is refused: %j',
  (given) => {
    expect(NewSource.safeParse({ ...SOURCE, session_ref: given }).success).toBe(false)
  },
)
