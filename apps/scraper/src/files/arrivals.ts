import { WakeUp } from '@telegather/service'

/** Tells a run's file queue that files were committed, and when no more will come. */
export class Arrivals {
  readonly wakeUp = new WakeUp()
  /** Grows with each announcement. */
  count = 0
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
