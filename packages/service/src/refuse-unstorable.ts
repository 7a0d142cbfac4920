import type { FastifyRequest } from 'fastify'
import { DomainError } from './errors.ts'

/**
 * Refuses input with text that Postgres cannot store: NUL characters and lone UTF-16 surrogates. Also refuses URLs that
 * are not percent-encoded UTF-8, which services behind the gateway could not decode. Throws `DomainError` (invalid_input).
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
    if (!text.isWellFormed()) throw refusal('Lone UTF-16 surrogates are not accepted')
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

/** All strings in the input, names and values. Iterative, because deeply nested input would overflow the stack. */
function* texts(input: unknown): Generator<string> {
  const open: unknown[] = [input]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') yield value
    if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value))
      for (const [key, field] of Object.entries(value)) open.push(key, field)
  }
}
