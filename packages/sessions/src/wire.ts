import { TelegramError, telegramErrors, type MethodName } from '@telegather/telegram'
import { BotRefused } from './bots/bot-session.ts'
import { LeaseLost } from './lease.ts'
import { SessionNotActive, SessionNotFound, SessionUnavailable } from './session-errors.ts'

/** What one process asks of the lease holder of a session. */
export interface CallRequest {
  readonly method: MethodName | 'yield' | 'release'
  readonly args: unknown
  readonly timeoutMs: number
}

/** The holder's answer, and the epoch of its term. */
export interface Answer {
  readonly epoch: number
  /** Throws the error that the call ended with at the holder. */
  readonly value: () => unknown
}

type Outcome =
  | { readonly status: 'ok'; readonly value: unknown }
  /** The bytes follow the JSON. */
  | { readonly status: 'bytes' }
  | { readonly status: 'failed'; readonly error: WireError }

type Frame = Outcome & { readonly epoch: number }

interface WireError {
  readonly name: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** NATS carries 1 MiB in a message; a larger answer is split. */
const MAX_PART_BYTES = 900 * 1024

const LENGTH_BYTES = 4

export function encodeRequest(request: CallRequest): Buffer {
  return Buffer.from(JSON.stringify(request))
}

export function decodeRequest(data: Uint8Array): CallRequest {
  return JSON.parse(Buffer.from(data).toString()) as CallRequest
}

/** Encodes a length, JSON, and, where the answer is bytes, the bytes as they are. */
export function encodeAnswer(epoch: number, value: unknown): Buffer {
  if (value instanceof Uint8Array) return frame({ status: 'bytes', epoch }, value)
  return frame({ status: 'ok', value, epoch })
}

export function encodeFailure(epoch: number, error: unknown): Buffer {
  return frame({ status: 'failed', error: toWire(error), epoch })
}

export function decodeAnswer(data: Buffer): Answer {
  const length = data.readUInt32BE(0)
  const json = data.subarray(LENGTH_BYTES, LENGTH_BYTES + length).toString()
  const { epoch, ...outcome } = JSON.parse(json) as Frame
  return {
    epoch,
    value() {
      switch (outcome.status) {
        case 'ok':
          return outcome.value
        case 'bytes':
          return data.subarray(LENGTH_BYTES + length)
        case 'failed':
          throw fromWire(outcome.error)
      }
    },
  }
}

export function* parts(data: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < data.length; offset += MAX_PART_BYTES)
    yield data.subarray(offset, offset + MAX_PART_BYTES)
}

function frame(answer: Frame, bytes: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.from(JSON.stringify(answer))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, bytes])
}

/** Every error that a call may end with, by name. */
const ERROR_CLASSES: ReadonlyMap<string, typeof TelegramError> = new Map(
  [
    ...Object.values(telegramErrors),
    BotRefused,
    LeaseLost,
    SessionNotActive,
    SessionNotFound,
    SessionUnavailable,
  ].map((errorClass) => [errorClass.name, errorClass as typeof TelegramError]),
)

/** The message of an error of any other class may tell something that is not for the caller. */
function toWire(error: unknown): WireError {
  if (!(error instanceof TelegramError))
    return { name: 'TelegramError', message: 'the session’s lease holder failed', fields: {} }
  const { name, message, cause: _cause, stack: _stack, ...fields } = error
  return { name, message, fields }
}

/** An error of the same class with the same fields; of TelegramError when the class is unknown in this process. */
function fromWire({ name, message, fields }: WireError): TelegramError {
  const errorClass = ERROR_CLASSES.get(name) ?? TelegramError
  const error = Object.setPrototypeOf(
    new TelegramError(message),
    errorClass.prototype,
  ) as TelegramError
  return Object.assign(error, fields, { name: errorClass.name })
}
