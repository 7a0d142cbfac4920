import type { Actor } from '@telegather/contracts'
import { afterEach, expect, test, vi } from 'vitest'
import { DomainError, readActor, signActor } from '../src/index.ts'

const KEY = 'k'.repeat(32)
const actor: Actor = {
  keyId: '0123456789abcdef',
  owner: { kind: 'tenant', id: '01a1fbe7-a574-7738-94f6-51a6327e5ec3' },
  scopes: ['sources:read', 'runs:write'],
}

afterEach(() => vi.useRealTimers())

test.each([actor, { keyId: null, owner: { kind: 'operator' }, scopes: ['*'] } satisfies Actor])(
  'the signed header contains the caller',
  (actor) => {
    expect(readActor(KEY, signActor(KEY, actor))).toEqual(actor)
  },
)

test('the header is valid for one minute', () => {
  vi.useFakeTimers()
  const header = signActor(KEY, actor)
  vi.advanceTimersByTime(60_000)
  expect(readActor(KEY, header)).toEqual(actor)
  vi.advanceTimersByTime(1)
  expect(() => readActor(KEY, header)).toThrow(DomainError)
})

test('a header is refused when any part of it is changed', () => {
  const header = signActor(KEY, actor)
  const [statement = '', signature = ''] = header.split('.')
  const forged = Buffer.from(JSON.stringify({ ...actor, scopes: ['*'], at: Date.now() }))
  const refused = [
    undefined,
    '',
    '.',
    statement,
    `${statement}.`,
    `${header}.`,
    [header, header],
    `${statement}.${signature.slice(1)}`,
    `${forged.toString('base64url')}.${signature}`,
    signActor('x'.repeat(32), actor),
  ]
  for (const header of refused)
    expect(() => readActor(KEY, header)).toThrow('This service answers the gateway only')
})
