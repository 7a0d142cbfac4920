/** An object of the TL schema as the archive keeps it: 64-bit integers as digits, bytes as base64. */
export interface Tl {
  readonly _: string
  readonly [field: string]: unknown
}

export function tlObject(value: unknown): Tl | undefined {
  return typeof value === 'object' && value !== null && '_' in value ? (value as Tl) : undefined
}

export function tlObjects(value: unknown): Tl[] {
  return Array.isArray(value) ? value.flatMap((one: unknown) => tlObject(one) ?? []) : []
}

/** The text of a `TextWithEntities`, or a plain one; '' for neither. */
export function tlText(value: unknown): string {
  const text = tlObject(value)?.['text'] ?? value
  return typeof text === 'string' ? text : ''
}

/** A text, null where there is none or an empty one. */
export function tlTextOrNull(value: unknown): string | null {
  return tlText(value) || null
}

/** An integer of 32 bits, or one of 64 that arrives as digits; null for neither. */
export function tlNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : null
}
