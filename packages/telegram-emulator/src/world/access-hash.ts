import { mix } from './mix.ts'

/**
 * The access hash of a user, a channel or a file for one account; `hash` is the one that the world stores. No
 * other account can use it: core.telegram.org/api/peers. Applied to the account's access hash, it returns `hash`.
 */
export function accessHashFor(accountId: bigint, hash: bigint): bigint {
  return BigInt.asIntN(64, hash ^ mix(accountId))
}
