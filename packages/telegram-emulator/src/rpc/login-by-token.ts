import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import { acceptLoginToken } from '../world/accept-login-token.ts'
import { isExpired, type LoginToken } from '../world/login-tokens.ts'
import { completeLogin } from './complete-login.ts'
import { open, signedIn, type Caller, type MethodTable, type SignedInCaller } from './method.ts'
import { presentLogin } from './present-login.ts'

/** A login token to be shown as a QR code; once an account has accepted it, the authorization. */
function exportLoginToken(caller: Caller, params: { except_ids: readonly bigint[] }): TlObject {
  const { world, key, dcId } = caller
  const accepted = world.loginTokens.acceptedFor(key)
  if (accepted !== undefined && !isExpired(accepted)) return redeem(caller, accepted)
  const { bytes, expiresAt } = world.loginTokens.issue(key, params.except_ids)
  const expires = Math.floor((expiresAt + world.faults.clockOffsetMs(dcId)) / 1000)
  return { _: 'auth.loginToken', expires, token: bytes }
}

/** Called on the data centre named by `auth.loginTokenMigrateTo`. */
function importLoginToken(caller: Caller, params: { token: Buffer }): TlObject {
  const token = caller.world.loginTokens.get(params.token)
  if (token === undefined) throw new RpcError(400, 'AUTH_TOKEN_INVALID')
  if (isExpired(token)) throw new RpcError(400, 'AUTH_TOKEN_EXPIRED')
  if (token.acceptedBy === null) throw new RpcError(400, 'AUTH_TOKEN_INVALID')
  return redeem(caller, token)
}

function acceptToken({ world, account }: SignedInCaller, params: { token: Buffer }): TlObject {
  const outcome = acceptLoginToken(world, account, params.token)
  if (outcome.status !== 'accepted') throw new RpcError(400, REFUSALS[outcome.status])
  return presentLogin(outcome.key, false)
}

const REFUSALS = {
  invalid: 'AUTH_TOKEN_INVALID',
  expired: 'AUTH_TOKEN_EXPIRED',
  already_accepted: 'AUTH_TOKEN_ALREADY_ACCEPTED',
  excepted: 'AUTH_TOKEN_EXCEPTION',
} as const

function redeem(caller: Caller, token: LoginToken): TlObject {
  const { world, dcId } = caller
  const account = acceptor(caller, token)
  if (account.dcId !== dcId) {
    return { _: 'auth.loginTokenMigrateTo', dc_id: account.dcId, token: token.bytes }
  }
  world.loginTokens.remove(token)
  return { _: 'auth.loginTokenSuccess', authorization: completeLogin(caller, account) }
}

function acceptor({ world }: Caller, { acceptedBy }: LoginToken): Account {
  const account = acceptedBy === null ? undefined : world.accounts.get(acceptedBy)
  if (account === undefined) throw new RpcError(400, 'AUTH_TOKEN_INVALID')
  return account
}

export const loginByTokenMethods: MethodTable = {
  'auth.exportLoginToken': open(exportLoginToken),
  'auth.importLoginToken': open(importLoginToken),
  'auth.acceptLoginToken': signedIn(acceptToken),
}
