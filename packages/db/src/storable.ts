/** Telegram can send NUL, but Postgres cannot store it in `text` or `jsonb`. */
const NUL = '\0'
/** One UTF-16 code unit, like NUL, so offsets of entities stay correct. */
const REPLACEMENT = '\uFFFD'

/** The same text or JSON with every NUL character replaced by U+FFFD. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll(NUL, REPLACEMENT) as T
  if (Array.isArray(value)) return value.map(storable) as T
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, storable(field) as unknown]),
  ) as T
}
