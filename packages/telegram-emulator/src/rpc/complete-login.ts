import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { Caller } from './method.ts'
import { presentAccount } from './present-user.ts'

/** Signs the key in, or throws SESSION_PASSWORD_NEEDED if the account has a two-step password. */
export function completeLogin(caller: Caller, account: Account): TlObject {
  if (account.password === null) return signIn(caller, account)
  caller.world.authorizations.awaitPassword(caller.key, account)
  throw new RpcError(401, 'SESSION_PASSWORD_NEEDED')
}

/** Signs the key in to an account whose ownership has been proven, and returns `auth.authorization`. */
export function signIn({ world, key }: Caller, account: Account): TlObject {
  world.authorizations.signIn(key, account)
  return authorization(account)
}

export function authorization(account: Account): TlObject {
  return { _: 'auth.authorization', user: presentAccount(account, account) }
}
