/** Current time in Unix seconds, the unit of all Telegram dates. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}
