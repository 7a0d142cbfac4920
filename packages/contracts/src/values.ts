import { z } from 'zod'
import { ACTIVITY } from './lists.ts'

const MAX_INTEGER_ID = 2_147_483_647

/** An id in a body, as sessions and sources have. */
export const SerialId = z.int().min(1).max(MAX_INTEGER_ID)

/** Such an id in an address: decimal digits and nothing else. */
export const IntegerId = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'expected a whole number from 1')
  .transform(Number)
  .pipe(SerialId)

export const SourceParams = z.object({ source_id: IntegerId.meta({ example: '1' }) })

/** An id that outgrows 32 bits in an address. */
export const LongId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected a whole number from 1')
  .transform(Number)

export const Instant = z.iso.datetime()

/** An instant as input, in any zone, of which Postgres can keep the year. */
export const InstantInput = z.iso
  .datetime({ offset: true })
  .refine(isStorable, 'expected a year from 1 to 9999')

function isStorable(instant: string): boolean {
  const year = new Date(instant).getUTCFullYear()
  return year >= 1 && year <= 9999
}

declare global {
  interface JSON {
    rawJSON(text: string): RawJson
    isRawJSON(value: unknown): value is RawJson
  }
  interface RawJson {
    readonly rawJSON: string
  }
}

/** Telegram's 64-bit numbers leave as JSON numbers with every digit, which only `JSON.rawJSON` can write. */
export const Int64 = z
  .custom<RawJson>((value) => JSON.isRawJSON(value))
  .meta({ type: 'integer', format: 'int64' })

/** Decimal digits, exact where a JSON number would be rounded by its reader. */
export const Int64Digits = z.string().regex(/^-?\d{1,19}$/)

export function int64(digits: string): RawJson {
  return JSON.rawJSON(digits)
}

/** `active` or `paused`; as input a boolean says the same. */
export const ActivityInput = z
  .union([z.enum(ACTIVITY), z.boolean()])
  .transform((active) => (typeof active === 'string' ? active : active ? 'active' : 'paused'))

/** The answer of an operation that has nothing more to say. */
export function message(text: string) {
  return z.object({ message: z.string() }).meta({ example: { message: text } })
}

/** An input without an example: pages that fill examples in would begin in the middle of a list. */
export function cursor<Cursor extends z.ZodType>(schema: Cursor) {
  return schema.optional().describe('next_cursor of the page before')
}

/** One page of a list; `next_cursor`, such as the example, is null on the last one. */
export function page<Item extends z.ZodType>(item: Item, nextCursor: string) {
  return z
    .object({ items: z.array(item), next_cursor: z.string().nullable() })
    .meta({ example: { items: [item.meta()?.['example']], next_cursor: nextCursor } })
}
