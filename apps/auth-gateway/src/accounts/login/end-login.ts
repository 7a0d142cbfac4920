import { abandonLogin, abandonSignIn, type TelegramConfig } from '@telegather/telegram'
import type { SealedLogin } from './sealed-login.ts'

/** Takes a login back at Telegram: signs out what has signed in, cancels a code that was not used. */
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
