import type { WireError } from '@telegather/events'
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
import { errorFromWire, errorToWire } from '../src/wire-errors.ts'
import * as sessions from '../src/index.ts'
import { CallRefused, SessionNotActive, SessionUnavailable } from '../src/index.ts'

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
  new CallRefused('historyPage', 'limit: too big'),
]

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' &&
  (value === TelegramError || value.prototype instanceof TelegramError)

const exported: readonly unknown[] = [...Object.values(telegramErrors), ...Object.values(sessions)]
const CLASSES = exported.filter(isErrorClass)

test.each(CLASSES.map((made) => [made.name, made] as const))(
  '%s keeps its class, message and fields between two processes',
  (_name, made) => {
    const sent = WITH_FIELDS.find((error) => error.constructor === made) ?? new made('why')
    const received = sentOver(sent)
    expect(received).toBeInstanceOf(Error)
    expect(received.constructor).toBe(made)
    expect(fieldsOf(received)).toEqual(fieldsOf(sent))
  },
)

test('an error that is not Telegram’s reaches the caller without its message', () => {
  const received = sentOver(new Error('secret'))
  expect(received).toBeInstanceOf(TelegramError)
  expect(received.message).not.toContain('secret')
})

test('an error whose class is unknown in this process reaches the caller with its message and fields', () => {
  const wire = { name: 'OfAnotherVersion', message: 'why', fields: { seconds: 3 } }
  expect(errorFromWire(wire)).toMatchObject({ name: 'TelegramError', message: 'why', seconds: 3 })
})

function sentOver(error: Error): TelegramError {
  return errorFromWire(JSON.parse(JSON.stringify(errorToWire(error))) as WireError)
}

function fieldsOf({ message, name, stack: _stack, cause: _cause, ...fields }: Error): object {
  return { name, message, ...fields }
}
