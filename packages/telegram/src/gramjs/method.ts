import type { z } from 'zod'
import type { CallOptions } from '../port.ts'
import type { MtprotoClient } from './mtproto-client.ts'

/** One method of the Telegram port. */
export interface Method<Args, Result> {
  /** Telegram's methods that it calls, by their schema names. Telegram counts flood waits by these. */
  readonly tl: readonly string[]
  /**
   * A read changes nothing at Telegram and may be repeated. An effect may be repeated only when it is certain that it
   * was not carried out.
   */
  readonly kind: 'read' | 'effect'
  /**
   * Its one argument, parsed where it arrives from another process. Bytes (`Uint8Array`) may be fields of the argument
   * and of the result, or the whole result, but no deeper.
   */
  readonly args: z.ZodType<Args>
  readonly call: (client: MtprotoClient, args: Args, options?: CallOptions) => Promise<Result>
}

/** Infers the types of a method. */
export function method<Args, Result>(definition: Method<Args, Result>): Method<Args, Result> {
  return definition
}
