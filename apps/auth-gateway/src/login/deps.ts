import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { Withdraw } from '@telegather/sessions'
import type { TelegramConfig } from '@telegather/telegram'
import type { LoginLimits } from './limits.ts'

/** What the steps of a login work with. */
export interface LoginDeps {
  readonly db: Db
  /** Connections that are held while Telegram is asked, under the lock of a login: nothing else waits for them. */
  readonly stepDb: Db
  readonly keys: KeyRing
  readonly withdraw: Withdraw
  readonly telegram: TelegramConfig
  readonly limits: LoginLimits
}
