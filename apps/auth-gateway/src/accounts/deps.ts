import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { Withdraw } from '@telegather/sessions'
import type { TelegramConfig } from '@telegather/telegram'

/** What logins, imports and their workers work with. */
export interface AccountDeps {
  readonly db: Db
  /** Connections that are held while Telegram is asked, under the lock of a login: nothing else waits for them. */
  readonly stepDb: Db
  readonly keys: KeyRing
  readonly withdraw: Withdraw
  readonly telegram: TelegramConfig
}
