const DAY_SECONDS = 86_400
/** The day of the last date, most often also the next one's: `Date` takes a microsecond each time. */
let day = { number: Number.NaN, prefix: '' }

/** A date of Telegram's as `Date.toISOString` has it. */
export function isoDate(unixSeconds: number): string {
  const number = Math.floor(unixSeconds / DAY_SECONDS)
  if (number !== day.number) {
    const midnight = new Date(number * DAY_SECONDS * 1000).toISOString()
    day = { number, prefix: midnight.slice(0, midnight.indexOf('T') + 1) }
  }
  const seconds = unixSeconds - number * DAY_SECONDS
  const minutes = Math.floor(seconds / 60)
  return `${day.prefix}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}.000Z`
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
