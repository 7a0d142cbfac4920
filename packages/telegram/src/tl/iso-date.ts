const DAY_SECONDS = 86_400
/** Cached prefix of the last day, usually also the next date's: `Date.toISOString` takes a microsecond per call. */
let day = { number: Number.NaN, prefix: '' }

/** Formats seconds since 1970 as `Date.toISOString` does. */
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
