import { METHODS, type CallOptions, type MethodName, type Telegram } from '@telegather/telegram'
import type { ZodType } from 'zod'
import { CallRefused } from './session-errors.ts'

/** One call of a method of the Telegram port. */
export interface Call {
  readonly method: MethodName
  readonly args: unknown
  readonly options: CallOptions | undefined
}

/** Parses a call of another process. Throws CallRefused for an unknown method or an invalid argument. */
export function parseCall(method: string, args: unknown, options: CallOptions): Call {
  if (!isMethodName(method)) throw new CallRefused(method, 'no such method')
  return {
    method,
    args: parseArgs(method, METHODS[method].args as ZodType, args),
    options,
  }
}

/** Parses the argument of a method. Throws CallRefused when it is invalid. */
export function parseArgs<Args>(method: string, schema: ZodType<Args>, args: unknown): Args {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new CallRefused(method, issues.join('; '))
}

/** Makes the call on a connected port. */
export function callAt(telegram: Telegram, { method, args, options }: Call): Promise<unknown> {
  // The argument is valid: `portOver` has typed methods, and `parseCall` has parsed calls of other processes.
  const run = telegram[method] as (args: unknown, options?: CallOptions) => Promise<unknown>
  return run(args, options)
}

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name)
}
