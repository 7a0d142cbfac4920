import { expect, test } from 'vitest'
import { BadArguments, readKeyArguments } from '../src/edge/keys/key-arguments.ts'

test('without arguments a key has all scopes', () => {
  expect(readKeyArguments([])).toMatchObject({ name: 'made on the command line', scopes: ['*'] })
})

test('every property of a key can be given', () => {
  const tenant = '01a1fbe7-a574-7738-94f6-51a6327e5ec3'
  const expires = '2027-01-01T00:00:00Z'
  const given = { name: 'reader', scopes: 'audit:read, keys:read', tenant, expires }
  expect(
    readKeyArguments(Object.entries(given).map(([name, value]) => `--${name}=${value}`)),
  ).toEqual({
    name: 'reader',
    scopes: ['audit:read', 'keys:read'],
    tenant_id: tenant,
    expires_at: expires,
  })
})

test.each([
  ['--scopes=everything', 'Invalid option'],
  ['--scopes=', 'Invalid option'],
  ['--expires=tomorrow', 'Invalid ISO datetime'],
  ['--tenant=one', 'Invalid UUID'],
  ['--colour=red', "Unknown option '--colour'"],
  ['reader', "Unexpected argument 'reader'"],
])('%s is refused with the usage', (argument, detail) => {
  const read = () => readKeyArguments([argument])
  expect(read).toThrow(BadArguments)
  expect(read).toThrow(detail)
  expect(read).toThrow('usage: npm run keys:create-api')
})
