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

/** Every error that a call may end with, by name. */
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

/** The message of an error of any other class may contain something that is not for the caller. */
export function errorToWire(error: unknown): WireError {
  if (error instanceof TelegramError) return error.toWire()
  return new TelegramError('the session’s lease holder failed').toWire()
}

/** An error of the same class with the same fields; of TelegramError when the class is unknown in this process. */
export function errorFromWire(error: WireError): TelegramError {
  return (ERROR_CLASSES.get(error.name) ?? TelegramError).fromWire(error)
}
