/** All files are stored except those that wait for Telegram or for their target. */
export class FilesWaiting extends Error {
  override readonly name = 'FilesWaiting'
  /** Milliseconds until the first of them is tried again. */
  readonly waitMs: number
  /** `reason`: a sentence for users. */
  constructor(reason: string, waitMs: number) {
    super(reason)
    this.waitMs = waitMs
  }
}
