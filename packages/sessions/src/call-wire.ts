import {
  ConnectionLost,
  FileIncomplete,
  FileReferenceExpired,
  FloodWait,
  PeerNotFound,
  RpcFailed,
  TelegramError,
  Timeout,
} from '@telegather/telegram'
import { LeaseLost } from './leases.ts'
import type { Method } from './session-call.ts'
import { SessionNotActive, SessionNotFound, type Loss } from './session-errors.ts'

/** What one process asks the owner of a session. */
export interface CallRequest {
  readonly method: Method | 'yield' | 'release'
  readonly args: readonly unknown[]
  readonly timeoutMs: number
}

/** What the owner answered, and in which of its terms. */
export interface Answer {
  readonly epoch: number
  /** Throws the error that the owner met. */
  readonly value: () => unknown
}

type Outcome =
  | { readonly status: 'ok'; readonly value: unknown }
  /** They follow the JSON. */
  | { readonly status: 'bytes' }
  | { readonly status: 'failed'; readonly error: WireError }

type Frame = Outcome & { readonly epoch: number }

interface WireError {
  readonly name: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** NATS carries 1 MiB in a message; larger answers go in several. */
const MAX_PART_BYTES = 900 * 1024

const LENGTH_BYTES = 4

export function encodeRequest(request: CallRequest): Buffer {
  return Buffer.from(JSON.stringify(request))
}

export function decodeRequest(data: Uint8Array): CallRequest {
  return JSON.parse(Buffer.from(data).toString()) as CallRequest
}

/** A length, JSON, and behind it bytes as they are where the answer is bytes. */
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

/** The errors that a call may end with, by name, and how to make them again from what they carry. */
const ERRORS: Readonly<Record<string, (error: WireError) => TelegramError>> = {
  ConnectionLost: ({ message }) => new ConnectionLost(message),
  FileIncomplete: ({ message }) => new FileIncomplete(message),
  FileReferenceExpired: () => new FileReferenceExpired(),
  FloodWait: ({ fields }) =>
    new FloodWait(Number(fields['seconds']), { ofAccount: fields['ofAccount'] === true }),
  LeaseLost: () => new LeaseLost(),
  PeerNotFound: ({ message }) => new PeerNotFound(message),
  RpcFailed: ({ fields }) => new RpcFailed(Number(fields['code']), String(fields['text'])),
  SessionNotActive: ({ fields }) =>
    new SessionNotActive({
      state: fields['state'] as Loss['state'],
      reason: fields['reason'] as Loss['reason'],
    }),
  SessionNotFound: () => new SessionNotFound(),
  Timeout: ({ message }) => new Timeout(message),
}

function toWire(error: unknown): WireError {
  if (!(error instanceof TelegramError))
    return { name: 'TelegramError', message: 'the session’s owner failed', fields: {} }
  const { name, message, cause: _cause, stack: _stack, ...fields } = error
  return { name, message, fields }
}

function fromWire(error: WireError): TelegramError {
  const revive = ERRORS[error.name]
  return revive ? revive(error) : new TelegramError(error.message)
}
