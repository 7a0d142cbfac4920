/** A TL object in JSON, as stored in the archive: 64-bit integers as decimal strings, bytes as base64. */
export interface Tl {
  readonly _: string
  readonly [field: string]: unknown
}

/** The value if it is a TL object, else undefined. */
export function tlObject(value: unknown): Tl | undefined {
  return typeof value === 'object' && value !== null && '_' in value ? (value as Tl) : undefined
}

/** The TL objects of an array; other items, and values that are not an array, give nothing. */
export function tlObjects(value: unknown): Tl[] {
  return Array.isArray(value) ? value.flatMap((item: unknown) => tlObject(item) ?? []) : []
}

/** A string, or the text of a `TextWithEntities`; '' for anything else. */
export function tlText(value: unknown): string {
  const text = tlObject(value)?.['text'] ?? value
  return typeof text === 'string' ? text : ''
}

/** As `tlText`, with null in place of ''. */
export function tlTextOrNull(value: unknown): string | null {
  return tlText(value) || null
}

/** A number, or a 64-bit integer in decimal digits; null for anything else. */
export function tlNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : null
}
