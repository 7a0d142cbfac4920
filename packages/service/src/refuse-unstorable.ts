import type { FastifyRequest } from 'fastify'
import { DomainError } from './errors.ts'

/**
 * Refuses text anywhere in the input that Postgres does not keep, so that it could only fail later: NUL
 * characters, and halves of characters (UTF-16 surrogates without their other half). So it does addresses that are
 * not percent-encoded UTF-8, which mean nothing to those that they are passed on to.
 */
export async function refuseUnstorable({
  url,
  body,
  query,
  params,
}: FastifyRequest): Promise<void> {
  if (!isDecodable(url)) throw refusal('The address is not percent-encoded UTF-8')
  for (const text of texts([body, query, params])) {
    if (text.includes('\0')) throw refusal('NUL characters (U+0000) are not accepted')
    if (!text.isWellFormed()) throw refusal('Halves of characters (surrogates) are not accepted')
  }
}

function refusal(detail: string): DomainError {
  return new DomainError('invalid_input', detail)
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

/** Names and values. Without recursion: input may be nested as deeply as fits into a body. */
function* texts(input: unknown): Generator<string> {
  const open: unknown[] = [input]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') yield value
    if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value))
      for (const [key, field] of Object.entries(value)) open.push(key, field)
  }
}
