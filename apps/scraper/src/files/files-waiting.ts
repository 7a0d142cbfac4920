/** Only waiting files are left: for a flood wait of Telegram, or for room on their target. */
export class FilesWaiting extends Error {
  override readonly name = 'FilesWaiting'
  /** Milliseconds until the first waiting file is tried again. */
  readonly waitMs: number
  /** `reason`: a sentence for users. */
  constructor(reason: string, waitMs: number) {
    super(reason)
    this.waitMs = waitMs
  }
}
