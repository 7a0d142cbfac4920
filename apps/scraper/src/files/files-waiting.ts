/** Everything is stored but files that wait for Telegram or for their target. */
export class FilesWaiting extends Error {
  override readonly name = 'FilesWaiting'
  /** Until the first of them is tried again. */
  readonly waitMs: number
  /** `reason`: a sentence for people. */
  constructor(reason: string, waitMs: number) {
    super(reason)
    this.waitMs = waitMs
  }
}
