import { WakeUp } from '@telegather/service'

/** Wakes a run's file queue when files were committed, and when no more will follow. */
export class Arrivals {
  readonly wakeUp = new WakeUp()
  /** The number of announcements. */
  count = 0
  /** True when no more files will follow. */
  isOver = false

  announce(): void {
    this.count++
    this.wakeUp.call()
  }

  end(): void {
    this.isOver = true
    this.wakeUp.call()
  }
}
