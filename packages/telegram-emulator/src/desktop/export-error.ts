/**
 * A file that is not a Telegram Desktop export, or cannot become a channel; the message states the place and the
 * reason.
 */
export class DesktopExportError extends Error {
  override readonly name = 'DesktopExportError'
}
