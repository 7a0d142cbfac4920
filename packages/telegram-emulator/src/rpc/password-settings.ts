import { isSafePublicValue, padded } from '../mtproto/dh.ts'
import { RpcError } from '../mtproto/rpc.ts'
import type { PasswordSettings } from '../mtproto/srp.ts'
import type { Account } from '../world/accounts.ts'
import type { SignedInCaller } from './method.ts'
import { provePassword, type PasswordProof } from './password.ts'

interface NewSettings {
  readonly new_algo?: {
    readonly _: string
    readonly salt1?: Buffer
    readonly salt2?: Buffer
  }
  readonly new_password_hash?: Buffer
  readonly hint?: string
  readonly email?: string
}

const MAX_HINT_LENGTH = 255

/**
 * Sets, changes or removes the two-step password. Throws PASSWORD_HASH_INVALID or SRP_ID_INVALID without proof of the
 * former password, NEW_SALT_INVALID, NEW_SETTINGS_INVALID, and EMAIL_INVALID: the emulator sends no mail.
 */
export function updatePasswordSettings(
  { world, account }: SignedInCaller,
  params: { password: PasswordProof; new_settings: NewSettings },
): boolean {
  if (account.password !== null) provePassword(world, account, params.password)
  const settings = params.new_settings
  if (settings.email !== undefined && settings.email !== '') {
    throw new RpcError(400, 'EMAIL_INVALID')
  }
  if (settings.new_algo === undefined) return true
  const { salt1, salt2 } = world.passwordChallenges.newSalts(account)
  const password = newPassword(settings, { salt1, salt2 })
  const hint = settings.hint?.slice(0, MAX_HINT_LENGTH)
  world.accounts.setPassword(account, password, password === null ? null : hintOf(hint))
  world.passwordChallenges.passwordChanged(account)
  return true
}

function hintOf(text: string | undefined): Account['passwordHint'] {
  return text === undefined || text === '' ? null : text
}

/** Null if the settings remove the password. */
function newPassword(
  { new_algo: algorithm, new_password_hash: verifier = Buffer.alloc(0) }: NewSettings,
  issued: { readonly salt1: Buffer; readonly salt2: Buffer },
): PasswordSettings | null {
  if (verifier.length === 0) return null
  const { salt1, salt2 } = algorithm ?? {}
  if (salt1 === undefined || salt2 === undefined) throw new RpcError(400, 'NEW_SETTINGS_INVALID')
  const extendsIssued =
    salt2.equals(issued.salt2) &&
    salt1.length > issued.salt1.length &&
    salt1.subarray(0, issued.salt1.length).equals(issued.salt1)
  if (!extendsIssued) throw new RpcError(400, 'NEW_SALT_INVALID')
  if (!isSafePublicValue(verifier)) throw new RpcError(400, 'NEW_SETTINGS_INVALID')
  return { salt1: Buffer.from(salt1), salt2: Buffer.from(salt2), verifier: padded(verifier) }
}
