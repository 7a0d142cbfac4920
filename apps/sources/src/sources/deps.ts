import type { Db } from '@telegather/db'
import type { SignalOptions } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import type { Targets } from '@telegather/storage'
import type { Bots, OpenSession } from '@telegather/sessions'

export interface SourceDeps {
  readonly db: Db
  readonly log: Logger
  /** NATS signals to and from the scrapers. */
  readonly signals: SignalOptions
  /** Opens a session to look up a channel at Telegram. */
  readonly openSession: OpenSession
  /** Bots that look up public channels when no session can. */
  readonly bots: Bots
  readonly targets: Targets
  readonly keys: KeyRing
  /** Cron pattern of new sources that name no schedule. */
  readonly defaultSchedule: string
}
