/**
 * A phone number in the form that Telegram accepts: `+` and 7 to 15 digits (E.164), without spaces, dashes, dots and
 * brackets. Null for an invalid number.
 */
export function normalisePhoneNumber(input: string): string | null {
  const compact = input.replaceAll(/[\s().-]/g, '')
  return /^\+?[1-9]\d{6,14}$/.test(compact) ? `+${compact.replace('+', '')}` : null
}
