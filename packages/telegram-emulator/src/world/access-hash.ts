import { mix } from './mix.ts'

/**
 * The access hash of a user, a channel or a file as one account is told it; `hash` is the one that the world keeps. No
 * other account can use it: core.telegram.org/api/peers. Applied to what the account was told, it gives back `hash`.
 */
export function accessHashFor(accountId: bigint, hash: bigint): bigint {
  return BigInt.asIntN(64, hash ^ mix(accountId))
}
