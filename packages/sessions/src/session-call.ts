import type { CallOptions, MethodName, Telegram } from '@telegather/telegram'

/** One call of a method of the Telegram port. */
export interface Call {
  readonly method: MethodName
  readonly args: unknown
  readonly options: CallOptions | undefined
}

/** Makes the call on a connected port. */
export function callAt(telegram: Telegram, { method, args, options }: Call): Promise<unknown> {
  // The argument comes from `portOver`, whose methods check its type, or was parsed by the method's schema.
  const run = telegram[method] as (args: unknown, options?: CallOptions) => Promise<unknown>
  return run(args, options)
}
