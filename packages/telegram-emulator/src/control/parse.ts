import { z } from 'zod'
import type { ControlRequest } from './http-server.ts'
import { Problem } from './problem.ts'

/** Parses the JSON body of a request with `schema`. Throws a 400 problem that names the invalid field. */
export async function parseBody<T>(request: ControlRequest, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(parseJson(await request.text()))
  if (!result.success) throw new Problem(400, 'invalid_input', z.prettifyError(result.error))
  return result.data
}

/** Throws a 400 problem if `text` is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Problem(400, 'invalid_json', `The body is not JSON: ${(error as Error).message}.`)
  }
}

/** Marked ids of channels are −10^12 − id. */
const CHANNEL_MARK = 1_000_000_000_000n

/** Parses a channel id, bare (`1234567890`) or marked (`-1001234567890`). Null if it is neither. */
export function parseChannelId(text: string): bigint | null {
  if (!/^-?\d{1,18}$/.test(text)) return null
  const id = BigInt(text)
  if (id >= 0n) return id
  return id < -CHANNEL_MARK ? -id - CHANNEL_MARK : null
}
