import {
  AccountBanned,
  ApplicationRefused,
  FloodWait,
  RpcFailed,
  SessionRevoked,
  TelegramError,
  telegramErrors,
} from '@telegather/telegram'
import { expect, test } from 'vitest'
import { decodeAnswer, encodeFailure } from '../src/wire.ts'
import * as sessions from '../src/index.ts'
import { SessionNotActive, SessionUnavailable } from '../src/index.ts'

type ErrorClass = new (message?: string) => TelegramError

/** An instance of each error whose constructor takes more than a message. */
const WITH_FIELDS: readonly TelegramError[] = [
  new FloodWait(7, { ofAccount: false }),
  new RpcFailed(-503, 'Timeout'),
  new telegramErrors.Migrate(4),
  new SessionRevoked('AUTH_KEY_DUPLICATED'),
  new AccountBanned('USER_DEACTIVATED_BAN'),
  new ApplicationRefused('API_ID_INVALID'),
  new SessionNotActive({ state: 'needs_login', reason: 'AUTH_KEY_DUPLICATED' }),
  new SessionUnavailable(37),
]

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' &&
  (value === TelegramError || value.prototype instanceof TelegramError)

const exported: readonly unknown[] = [...Object.values(telegramErrors), ...Object.values(sessions)]
const CLASSES = exported.filter(isErrorClass)

test.each(CLASSES.map((made) => [made.name, made] as const))(
  '%s keeps its class, message and fields on its way between two processes',
  (_name, made) => {
    const sent = WITH_FIELDS.find((error) => error.constructor === made) ?? new made('why')
    const { epoch, value } = decodeAnswer(encodeFailure(5, sent))
    const received = errorOf(value)
    expect(epoch).toBe(5)
    expect(received.constructor).toBe(made)
    expect(fieldsOf(received)).toEqual(fieldsOf(sent))
  },
)

test('an error that is not Telegram’s reaches the caller without its message', () => {
  const received = errorOf(decodeAnswer(encodeFailure(5, new Error('secret'))).value)
  expect(received).toBeInstanceOf(TelegramError)
  expect(received.message).not.toContain('secret')
})

function errorOf(value: () => unknown): Error {
  try {
    value()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('no error was thrown')
}

function fieldsOf({ message, name, stack: _stack, cause: _cause, ...fields }: Error): object {
  return { name, message, ...fields }
}
