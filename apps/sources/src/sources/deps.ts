import type { Db } from '@telegather/db'
import type { SignalOptions } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import type { Targets } from '@telegather/storage'
import type { Bots, OpenSession } from '@telegather/sessions'

export interface SourceDeps {
  readonly db: Db
  readonly log: Logger
  /** What goes between this service and the scrapers without Postgres. */
  readonly signals: SignalOptions
  /** Channels are looked up at Telegram before they are archived. */
  readonly openSession: OpenSession
  /** Through which public channels are looked up where no session is there for it. */
  readonly bots: Bots
  readonly targets: Targets
  readonly keys: KeyRing
  /** Of sources that name none. */
  readonly defaultSchedule: string
}
