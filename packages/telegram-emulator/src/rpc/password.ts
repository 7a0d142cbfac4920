import { RpcError } from '../mtproto/rpc.ts'
import { checkProof } from '../mtproto/srp.ts'
import type { Account } from '../world/accounts.ts'
import type { World } from '../world/world.ts'

/** The fields of `inputCheckPasswordSRP`; `inputCheckPasswordEmpty` has none. */
export interface PasswordProof {
  readonly _: 'inputCheckPasswordSRP' | 'inputCheckPasswordEmpty'
  readonly srp_id?: bigint
  readonly A?: Buffer
  readonly M1?: Buffer
}

/** Verifies a proof against the account's latest challenge. Throws PASSWORD_HASH_INVALID or SRP_ID_INVALID. */
export function provePassword(world: World, account: Account, proof: PasswordProof): void {
  const { srp_id: srpId, A, M1 } = proof
  if (account.password === null) throw new RpcError(400, 'PASSWORD_HASH_INVALID')
  if (srpId === undefined || A === undefined || M1 === undefined) {
    throw new RpcError(400, 'PASSWORD_HASH_INVALID')
  }
  const challenge = world.passwordChallenges.take(account, srpId)
  if (challenge === undefined) throw new RpcError(400, 'SRP_ID_INVALID')
  if (!checkProof(account.password, challenge, { A, M1 })) {
    throw new RpcError(400, 'PASSWORD_HASH_INVALID')
  }
}
