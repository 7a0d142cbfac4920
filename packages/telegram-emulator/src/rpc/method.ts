import type { AuthKey } from '../mtproto/auth-key.ts'
import type { TlObject, TlValue } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { MessageSearch } from '../world/search-messages.ts'
import type { World } from '../world/world.ts'
import type { PresentedMessages } from './presented-messages.ts'

/** Where a data centre is reached. */
export interface DcAddress {
  readonly id: number
  readonly ip: string
  readonly port: number
}

/** Who calls a method, and what the method works on. */
export interface Caller {
  readonly world: World
  readonly dataCentres: readonly DcAddress[]
  /** The data centre that was asked. */
  readonly dcId: number
  readonly key: AuthKey
  readonly presented: PresentedMessages
  readonly search: MessageSearch
  /** Unix seconds, by the clock of that data centre. */
  readonly now: () => number
  /** Tells the session that calls from all others. */
  readonly session: object
}

/** Who is shown something of the world. */
export interface Viewer {
  readonly world: World
  readonly account: Account
}

export interface SignedInCaller extends Caller, Viewer {}

type Answer = TlValue | Promise<TlValue>

/** A method as the dispatcher sees it: what it asks of the caller, and what it does. */
export type Method =
  | { readonly needsLogin: false; run(caller: Caller, params: TlObject): Answer }
  | { readonly needsLogin: true; run(caller: SignedInCaller, params: TlObject): Answer }

/** Methods by schema name. */
export type MethodTable = Readonly<Record<string, Method>>

/**
 * A method that anyone may call. It states its parameters as the schema defines them: the decoder lets nothing else
 * through.
 */
export function open(run: (caller: Caller, params: never) => Answer): Method {
  return { needsLogin: false, run: (caller, params) => run(caller, params as never) }
}

/** A method that needs a signed-in key; others are refused with AUTH_KEY_UNREGISTERED. */
export function signedIn(run: (caller: SignedInCaller, params: never) => Answer): Method {
  return { needsLogin: true, run: (caller, params) => run(caller, params as never) }
}
