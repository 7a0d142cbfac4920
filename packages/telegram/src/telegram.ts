import type { z } from 'zod'
import { METHODS } from './gramjs/methods.ts'
import type { CallOptions } from './port.ts'

export type MethodName = keyof typeof METHODS
type Args<Name extends MethodName> = z.output<(typeof METHODS)[Name]['args']>
type Result<Name extends MethodName> = ReturnType<(typeof METHODS)[Name]['call']>

/** A method whose argument has no required field can be called without one. */
type PortMethod<Name extends MethodName> =
  Record<string, never> extends Args<Name>
    ? (args?: Args<Name>, options?: CallOptions) => Result<Name>
    : (args: Args<Name>, options?: CallOptions) => Result<Name>

/**
 * One account's connection to Telegram: plain request and response, so that it can be local or behind a message bus.
 * Iteration, retries and streaming are functions over it (`history`, `download`).
 */
export type Telegram = { readonly [Name in MethodName]: PortMethod<Name> } & {
  /** Closes every connection; calls in progress fail with ConnectionLost. The login stays valid. */
  readonly close: () => Promise<void>
}

/** Makes one call; the types of the argument and of the result are those of the method. */
export type MakeCall = (
  name: MethodName,
  args: never,
  options: CallOptions | undefined,
) => Promise<unknown>

/** The Telegram port over a function that makes a call. */
export function portOver(call: MakeCall, close: () => Promise<void>): Telegram {
  const methods = Object.keys(METHODS).map((name) => [
    name,
    (args: unknown = {}, options?: CallOptions) => call(name as MethodName, args as never, options),
  ])
  return { ...(Object.fromEntries(methods) as Omit<Telegram, 'close'>), close }
}
