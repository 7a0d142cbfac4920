/** What Postgres cannot keep in `text` or `jsonb`; Telegram can send it. */
const NUL = '\0'
/** As long as what it stands for, so that entities keep their places. */
const REPLACEMENT = '\uFFFD'

/** The same text or JSON with every NUL character replaced, which Postgres would refuse. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll(NUL, REPLACEMENT) as T
  if (Array.isArray(value)) return value.map(storable) as T
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, storable(field) as unknown]),
  ) as T
}
