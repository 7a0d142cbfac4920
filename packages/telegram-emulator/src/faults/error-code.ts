/** The error code that Telegram sends with an error text: https://core.telegram.org/api/errors */
export function codeOfError(text: string): number {
  if (/^FLOOD_|_WAIT_\d+$|^TAKEOUT_INIT_DELAY_/.test(text)) return 420
  if (/_MIGRATE_\d+$/.test(text)) return 303
  if (/^(?:AUTH_KEY_(?:UNREGISTERED|INVALID|PERM_EMPTY)|SESSION_|USER_DEACTIVATED)/.test(text)) {
    return 401
  }
  if (text === 'AUTH_KEY_DUPLICATED') return 406
  if (/^Timed?out$/i.test(text)) return -503
  if (/^(?:INTERNAL|RPC_CALL_FAIL|AUTH_RESTART|CALL_OCCUPY_FAILED|.*_FAILED)$/.test(text))
    return 500
  return 400
}
