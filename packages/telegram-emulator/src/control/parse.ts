import { z } from 'zod'
import type { ControlRequest } from './http-server.ts'
import { Problem } from './problem.ts'

/** The request's JSON body in the shape of `schema`. Throws a 400 problem that names what is wrong. */
export async function parseBody<T>(request: ControlRequest, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(parseJson(await request.text()))
  if (!result.success) throw new Problem(400, 'invalid_input', z.prettifyError(result.error))
  return result.data
}

/** Throws a 400 problem when `text` is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Problem(400, 'invalid_json', `The body is not JSON: ${(error as Error).message}.`)
  }
}

/** Marked ids of channels are −10^12 − id. */
const CHANNEL_MARK = 1_000_000_000_000n

/** A channel's id in either form: bare (`1234567890`) or marked (`-1001234567890`). Null when it is neither. */
export function parseChannelId(text: string): bigint | null {
  if (!/^-?\d{1,18}$/.test(text)) return null
  const id = BigInt(text)
  if (id >= 0n) return id
  return id < -CHANNEL_MARK ? -id - CHANNEL_MARK : null
}
