/** How logins with a number behave. */
export type NumberStanding =
  /** The account is created by its first login. */
  | 'usual'
  /** There is no account before sign-up. */
  | 'unoccupied'
  | 'banned'
  | 'flooded'
  | 'password_flooded'

/** A number of Telegram's test data centres: `+99966XYYYY` belongs to data centre X, its login code is X five times. */
export interface TestPhone {
  /** Digits only, as in `user.phone`. */
  readonly number: string
  readonly dcId: number
  readonly code: string
  /** The four digits YYYY. */
  readonly suffix: string
  readonly standing: NumberStanding
}

/** Numbers that Telegram refuses, mnemonic by HTTP status. */
const REFUSED: Readonly<Record<string, NumberStanding>> = {
  '0403': 'banned',
  '0406': 'password_flooded',
  '0429': 'flooded',
}
const UNOCCUPIED = /^8/

/**
 * Parses a number as clients send it, with or without `+`, spaces, dashes and brackets. Null if it is not a test number
 * (core.telegram.org/api/auth#test-accounts).
 */
export function parseTestPhone(text: string): TestPhone | null {
  const number = text.replaceAll(/[\s()+-]/g, '')
  const match = /^99966(\d)(\d{4})$/.exec(number)
  if (match?.[1] === undefined || match[2] === undefined) return null
  const [, dc, suffix] = match
  const standing = REFUSED[suffix] ?? (UNOCCUPIED.test(suffix) ? 'unoccupied' : 'usual')
  return { number, dcId: Number(dc), code: dc.repeat(5), suffix, standing }
}
