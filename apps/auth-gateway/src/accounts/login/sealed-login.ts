import type { KeyRing } from '@telegather/secrets'
import type { LoginState, PendingLogin, QrLogin, SignedIn } from '@telegather/telegram'

/** The state of a login between its steps. It is stored encrypted in `temp_sessions`. */
export type SealedLogin =
  | { readonly step: 'code'; readonly login: LoginState }
  /** `checkedAt`: Unix milliseconds. */
  | { readonly step: 'qr'; readonly login: QrLogin; readonly checkedAt: number }
  | { readonly step: 'password'; readonly login: PendingLogin }
  | { readonly step: 'signed_in'; readonly signedIn: SignedIn }

export function sealLogin(keys: KeyRing, login: SealedLogin): string {
  return keys.encrypt(JSON.stringify(login))
}

export function unsealLogin(keys: KeyRing, token: string): SealedLogin {
  return JSON.parse(keys.decrypt(token).toString()) as SealedLogin
}
