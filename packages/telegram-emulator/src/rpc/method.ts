import type { AuthKey } from '../mtproto/auth-key.ts'
import type { TlObject, TlValue } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { MessageSearch } from '../world/search-messages.ts'
import type { World } from '../world/world.ts'
import type { PresentedMessages } from './presented-messages.ts'

/** The address of a data centre. */
export interface DcAddress {
  readonly id: number
  readonly ip: string
  readonly port: number
}

/** The caller of a method, and the state that methods work on. */
export interface Caller {
  readonly world: World
  readonly dataCentres: readonly DcAddress[]
  /** The data centre that received the call. */
  readonly dcId: number
  readonly key: AuthKey
  readonly presented: PresentedMessages
  readonly search: MessageSearch
  /** Unix seconds, by the clock of this data centre. */
  readonly now: () => number
  /** Identifies the calling session. */
  readonly session: object
}

/** The account for which an object is presented. */
export interface Viewer {
  readonly world: World
  readonly account: Account
}

export interface SignedInCaller extends Caller, Viewer {}

type Answer = TlValue | Promise<TlValue>

/** A method as the dispatcher sees it: its access requirement and its implementation. */
export type Method =
  | { readonly needsLogin: false; run(caller: Caller, params: TlObject): Answer }
  | { readonly needsLogin: true; run(caller: SignedInCaller, params: TlObject): Answer }

/** Methods by schema name. */
export type MethodTable = Readonly<Record<string, Method>>

/**
 * A method without access requirements. Its parameters have the types of the schema, because the decoder rejects
 * anything else.
 */
export function open(run: (caller: Caller, params: never) => Answer): Method {
  return { needsLogin: false, run: (caller, params) => run(caller, params as never) }
}

/** A method for signed-in keys; others are refused with AUTH_KEY_UNREGISTERED. */
export function signedIn(run: (caller: SignedInCaller, params: never) => Answer): Method {
  return { needsLogin: true, run: (caller, params) => run(caller, params as never) }
}
