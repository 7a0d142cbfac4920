import { randomBytes } from 'node:crypto'
import { RpcError } from '../mtproto/rpc.ts'
import { passwordAlgorithm } from '../mtproto/srp.ts'
import type { TlObject } from '../tl/object.ts'
import { passwordOwner } from './login-by-password.ts'
import { open, signedIn, type Caller, type MethodTable, type SignedInCaller } from './method.ts'
import { loginHash, presentLogin } from './present-login.ts'
import { updatePasswordSettings } from './password-settings.ts'

const AUTHORIZATION_TTL_DAYS = 183

/** Available to signed-in keys, and to keys that have to present the two-step password. */
function getPassword(caller: Caller): TlObject {
  const { passwordChallenges } = caller.world
  const account = passwordOwner(caller)
  const { password, passwordHint } = account
  const challenge = passwordChallenges.issue(account)
  return {
    _: 'account.password',
    new_algo: passwordAlgorithm(passwordChallenges.newSalts(account)),
    new_secure_algo: { _: 'securePasswordKdfAlgoUnknown' },
    secure_random: randomBytes(256),
    ...(password !== null &&
      challenge !== null && {
        has_password: true,
        current_algo: passwordAlgorithm(password),
        srp_id: challenge.id,
        srp_B: challenge.publicValue,
        ...(passwordHint !== null && { hint: passwordHint }),
      }),
  }
}

function getAuthorizations({ world, key, account }: SignedInCaller): TlObject {
  return {
    _: 'account.authorizations',
    authorization_ttl_days: AUTHORIZATION_TTL_DAYS,
    authorizations: world.authorizations
      .logins(account)
      .map((login) => presentLogin(login, login.id === key.id)),
  }
}

function resetAuthorization(caller: SignedInCaller, params: { hash: bigint }): boolean {
  const { world, key, account } = caller
  const login = world.authorizations
    .logins(account)
    .find((other) => other.id !== key.id && loginHash(other) === params.hash)
  if (login === undefined) throw new RpcError(400, 'HASH_INVALID')
  world.authorizations.revoke(login)
  return true
}

export const accountMethods: MethodTable = {
  'account.getPassword': open(getPassword),
  'account.updatePasswordSettings': signedIn(updatePasswordSettings),
  'account.getAuthorizations': signedIn(getAuthorizations),
  'account.resetAuthorization': signedIn(resetAuthorization),
}
