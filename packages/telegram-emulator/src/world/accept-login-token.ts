import type { AuthKey } from '../mtproto/auth-key.ts'
import type { Account } from './accounts.ts'
import { isExpired } from './login-tokens.ts'
import type { World } from './world.ts'

export type Acceptance =
  | { readonly status: 'accepted'; readonly key: AuthKey }
  | { readonly status: 'invalid' | 'expired' | 'already_accepted' | 'excepted' }

/**
 * The effect of scanning a login QR code: signs the token's auth key in to the account and sends it `updateLoginToken`.
 */
export function acceptLoginToken(world: World, account: Account, bytes: Buffer): Acceptance {
  const { loginTokens, authKeys } = world
  const token = loginTokens.get(bytes)
  const key = token === undefined ? undefined : authKeys.get(token.keyId)
  if (token === undefined || key === undefined) return { status: 'invalid' }
  if (isExpired(token)) return { status: 'expired' }
  if (token.acceptedBy !== null) return { status: 'already_accepted' }
  if (token.exceptIds.includes(account.id)) return { status: 'excepted' }
  loginTokens.accept(token, account)
  world.updateFeed.sendToKey(key, { _: 'updateLoginToken' })
  return { status: 'accepted', key }
}
