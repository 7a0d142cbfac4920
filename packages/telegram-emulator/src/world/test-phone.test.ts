import { expect, test } from 'vitest'
import { parseTestPhone } from './test-phone.ts'

test.each(['+9996621001', '9996621001', '+99966 2 1001', '+999 (66) 21-001'])('%s', (text) => {
  expect(parseTestPhone(text)).toEqual({
    number: '9996621001',
    dcId: 2,
    code: '22222',
    suffix: '1001',
    standing: 'usual',
  })
})

test.each(['', '+999662100', '+99966210011', '+9996521001', '+4915112345678', '99966x1001'])(
  '%s is not a test number',
  (text) => expect(parseTestPhone(text)).toBeNull(),
)
