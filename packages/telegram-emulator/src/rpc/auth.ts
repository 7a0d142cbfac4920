import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { authorization } from './complete-login.ts'
import { loginByCodeMethods } from './login-by-code.ts'
import { loginByPasswordMethods } from './login-by-password.ts'
import { loginByTokenMethods } from './login-by-token.ts'
import { loginOfBotMethods } from './login-of-bot.ts'
import { open, signedIn, type Caller, type MethodTable, type SignedInCaller } from './method.ts'

function logOut({ world, key }: SignedInCaller): TlObject {
  world.authorizations.signOut(key)
  return { _: 'auth.loggedOut' }
}

function resetAuthorizations({ world, key, account }: SignedInCaller): boolean {
  world.authorizations.revokeOthers(key, account)
  return true
}

function exportAuthorization(caller: SignedInCaller, params: { dc_id: number }): TlObject {
  const { world, key, account, dataCentres, dcId } = caller
  const known = dataCentres.some(({ id }) => id === params.dc_id)
  if (!known || params.dc_id === dcId) throw new RpcError(400, 'DC_ID_INVALID')
  return {
    _: 'auth.exportedAuthorization',
    id: account.id,
    bytes: world.authorizations.export(key, account, params.dc_id),
  }
}

function importAuthorization(caller: Caller, params: { id: bigint; bytes: Buffer }): TlObject {
  const { world, key } = caller
  const account = world.accounts.get(params.id)
  if (account === undefined || !world.authorizations.import(key, account, params.bytes)) {
    throw new RpcError(400, 'AUTH_BYTES_INVALID')
  }
  return authorization(account)
}

/** The emulator has no temporary keys, so there is none to drop. */
function dropTempAuthKeys(): boolean {
  return true
}

export const authMethods: MethodTable = {
  ...loginByCodeMethods,
  ...loginByPasswordMethods,
  ...loginByTokenMethods,
  ...loginOfBotMethods,
  'auth.logOut': signedIn(logOut),
  'auth.resetAuthorizations': signedIn(resetAuthorizations),
  'auth.exportAuthorization': signedIn(exportAuthorization),
  'auth.importAuthorization': open(importAuthorization),
  'auth.dropTempAuthKeys': open(dropTempAuthKeys),
}
