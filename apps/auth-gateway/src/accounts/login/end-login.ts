import { abandonLogin, abandonSignIn, type TelegramConfig } from '@telegather/telegram'
import type { SealedLogin } from './sealed-login.ts'

/** Ends a login at Telegram: signs it out if it has signed in, or cancels its unused code. */
export async function endLogin(config: TelegramConfig, sealed: SealedLogin): Promise<void> {
  switch (sealed.step) {
    case 'code':
      return abandonLogin(config, sealed.login)
    case 'qr':
    case 'password':
      return abandonSignIn(config, sealed.login)
    case 'signed_in':
      return abandonSignIn(config, sealed.signedIn)
  }
}
