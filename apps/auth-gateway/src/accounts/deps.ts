import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { Withdraw } from '@telegather/sessions'
import type { TelegramConfig } from '@telegather/telegram'

/** The dependencies of logins, imports and their workers. */
export interface AccountDeps {
  readonly db: Db
  /** The pool for login steps, which keep a transaction open during calls to Telegram. Other queries use `db`. */
  readonly stepDb: Db
  readonly keys: KeyRing
  readonly withdraw: Withdraw
  readonly telegram: TelegramConfig
}
