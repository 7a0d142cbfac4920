import type { Logger, ReadyDetails } from '@telegather/service'
import { TelegramClock } from '@telegather/telegram'

/** The clock that all connections of this process share. A difference of 5 s or more from Telegram's is logged once. */
export function telegramClock(log: Logger): TelegramClock {
  return new TelegramClock((aheadSeconds) =>
    log.warn({ aheadSeconds: Math.round(aheadSeconds) }, 'telegram.clock_differs'),
  )
}

/** For `/ready`: seconds by which this machine's clock is ahead of Telegram's; null before the first connection. */
export function clockDetails({ aheadSeconds }: TelegramClock): ReadyDetails {
  const seconds = aheadSeconds === null ? null : Math.round(aheadSeconds)
  return { telegram_clock_ahead_seconds: seconds }
}
