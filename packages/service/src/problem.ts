import { STATUS_CODES } from 'node:http'
import { PROBLEM_CODES, statusOf, type Problem, type ProblemCode } from '@telegather/contracts'
import type { FastifyError } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  type ZodFastifySchemaValidationError,
} from 'fastify-type-provider-zod'
import { DomainError, type FieldError } from './errors.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

const MAX_FIELD_ERRORS = 20

/** Maps validation errors, outages and Fastify's 4xx errors to a `DomainError`; undefined for unexpected errors. */
export function asDomainError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error
  if (hasZodFastifySchemaValidationErrors(error)) return invalidInput(error.validation)
  if (isOutage(error)) return outage(error)
  if (isClientError(error)) return new DomainError(codeOf(error.statusCode), error.message)
  return undefined
}

const OUTAGES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * SQLSTATEs after which a retry can succeed: connection failure (class 08), Postgres shutting down or starting (57P), idle
 * transaction timeout (25P03), lock timeout (55P03).
 */
const OUTAGE_STATES = /^(08|57P|25P03|55P03)/

/** Whether a server that this service depends on is temporarily unavailable. */
function isOutage(error: unknown): error is Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!('code' in cause) || typeof cause.code !== 'string') continue
    if (OUTAGES.has(cause.code) || OUTAGE_STATES.test(cause.code)) return true
  }
  return false
}

function outage(cause: Error): DomainError {
  return new DomainError('unavailable', 'A server that is needed does not answer; try again', {
    retryAfterSeconds: 1,
    cause,
  })
}

/** The problem body (RFC 9457) of an error. Its type is always `about:blank`; `code` distinguishes errors of one status. */
export function presentProblem(error: DomainError): Problem {
  const status = statusOf(error.code)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? error.code,
    status,
    detail: error.message,
    code: error.code,
    ...(error.fields && { errors: [...error.fields] }),
  }
}

/** Whole seconds for `Retry-After` (RFC 9110 §10.2.3), at least 1. Every 429 has the header. */
export function retryAfter({ code, retryAfterSeconds }: DomainError): string | undefined {
  if (retryAfterSeconds === undefined && statusOf(code) !== 429) return undefined
  return String(Math.max(1, Math.ceil(retryAfterSeconds ?? 1)))
}

/** Whether Fastify itself refused the request (invalid body, bad URL, too large) with a status of 400 to 499. */
function isClientError(error: unknown): error is FastifyError & { statusCode: number } {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return false
  const { code, statusCode } = error
  return (
    typeof code === 'string' &&
    code.startsWith('FST_') &&
    typeof statusCode === 'number' &&
    statusCode >= 400 &&
    statusCode < 500
  )
}

function codeOf(status: number): ProblemCode {
  return PROBLEM_CODES.find((code) => statusOf(code) === status) ?? 'bad_request'
}

function invalidInput(issues: readonly ZodFastifySchemaValidationError[]): DomainError {
  const fields = issues.flatMap(fieldErrors).slice(0, MAX_FIELD_ERRORS)
  const detail = fields.map(({ field, message }) => (field ? `${field}: ${message}` : message))
  return new DomainError('invalid_input', detail.join('; '), { fields })
}

function fieldErrors(issue: ZodFastifySchemaValidationError): FieldError[] {
  const path = issue.instancePath.slice(1).replaceAll('/', '.')
  const message = issue.message ?? 'Invalid input'
  const unknownKeys = issue.params['keys']
  if (issue.keyword !== 'unrecognized_keys' || !Array.isArray(unknownKeys))
    return [{ field: path, message }]
  return unknownKeys.map((key) => ({
    field: path ? `${path}.${key}` : String(key),
    message: 'Unknown field',
  }))
}
