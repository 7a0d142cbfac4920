import type { WireError } from '@telegather/events'
import { TelegramError, telegramErrors } from '@telegather/telegram'
import { BotRefused } from './bots/bot-session.ts'
import { LeaseLost } from './lease.ts'
import {
  CallRefused,
  SessionNotActive,
  SessionNotFound,
  SessionUnavailable,
} from './session-errors.ts'

/** The error classes that a call may throw, by name. */
const ERROR_CLASSES: ReadonlyMap<string, typeof TelegramError> = new Map(
  [
    ...Object.values(telegramErrors),
    BotRefused,
    CallRefused,
    LeaseLost,
    SessionNotActive,
    SessionNotFound,
    SessionUnavailable,
  ].map((errorClass) => [errorClass.name, errorClass as typeof TelegramError]),
)

/** Replaces errors outside TelegramError by a general one: their messages may contain internal details. */
export function errorToWire(error: unknown): WireError {
  if (error instanceof TelegramError) return error.toWire()
  return new TelegramError('the session’s lease holder failed').toWire()
}

/** Restores the error with its class and fields. A class that this process does not know becomes TelegramError. */
export function errorFromWire(error: WireError): TelegramError {
  return (ERROR_CLASSES.get(error.name) ?? TelegramError).fromWire(error)
}
