import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import { signIn } from './complete-login.ts'
import { open, type Caller, type MethodTable } from './method.ts'
import { provePassword, type PasswordProof } from './password.ts'

function checkPassword(caller: Caller, params: { password: PasswordProof }): TlObject {
  const account = passwordOwner(caller)
  provePassword(caller.world, account, params.password)
  return signIn(caller, account)
}

/** No account has a recovery address. */
function requestPasswordRecovery(caller: Caller): never {
  const { password } = passwordOwner(caller)
  throw new RpcError(400, password === null ? 'PASSWORD_EMPTY' : 'PASSWORD_RECOVERY_NA')
}

function checkRecoveryPassword(caller: Caller, params: { code: string }): never {
  passwordOwner(caller)
  throw new RpcError(400, params.code === '' ? 'CODE_EMPTY' : 'PASSWORD_RECOVERY_EXPIRED')
}

/** The account that is signed in, or has to present its password. Throws AUTH_KEY_UNREGISTERED. */
export function passwordOwner({ world, key }: Caller): Account {
  const accountId = world.authorizations.awaitedAccountId(key) ?? key.accountId
  const account = accountId === null ? undefined : world.accounts.get(accountId)
  if (account === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED')
  return account
}

export const loginByPasswordMethods: MethodTable = {
  'auth.checkPassword': open(checkPassword),
  'auth.requestPasswordRecovery': open(requestPasswordRecovery),
  'auth.checkRecoveryPassword': open(checkRecoveryPassword),
  'auth.recoverPassword': open(checkRecoveryPassword),
}
