/**
 * A phone number as Telegram takes it: `+` and 7 to 15 digits (E.164), without the spaces, dashes,
 * dots and brackets that people write. Null when it cannot be one.
 */
export function normalisePhoneNumber(input: string): string | null {
  const compact = input.replaceAll(/[\s().-]/g, '')
  return /^\+?[1-9]\d{6,14}$/.test(compact) ? `+${compact.replace('+', '')}` : null
}
