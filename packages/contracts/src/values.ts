import { z } from 'zod'
import { ACTIVITY } from './lists.ts'

const MAX_INTEGER_ID = 2_147_483_647

/** An id of 32 bits in a body, such as a session's or a source's. */
export const SerialId = z.int().min(1).max(MAX_INTEGER_ID)

/** An id of 32 bits in a URL: decimal digits only. */
export const IntegerId = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'expected a whole number from 1')
  .transform(Number)
  .pipe(SerialId)

export const SourceParams = z.object({ source_id: IntegerId.meta({ example: '1' }) })

/** An id of up to 15 decimal digits in a URL. */
export const LongId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected a whole number from 1')
  .transform(Number)

export const Instant = z.iso.datetime()

/** An instant as input, with any UTC offset, whose year Postgres can store. */
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

/** A 64-bit number, serialised as a JSON number with all digits. Only `JSON.rawJSON` can write it. */
export const Int64 = z
  .custom<RawJson>((value) => JSON.isRawJSON(value))
  .meta({ type: 'integer', format: 'int64' })

/** A 64-bit number as decimal digits, for clients whose JSON parser rounds large numbers. */
export const Int64Digits = z.string().regex(/^-?\d{1,19}$/)

export function int64(digits: string): RawJson {
  return JSON.rawJSON(digits)
}

/** `active` or `paused`; as input also `true` or `false`. */
export const ActivityInput = z
  .union([z.enum(ACTIVITY), z.boolean()])
  .transform((active) => (typeof active === 'string' ? active : active ? 'active' : 'paused'))

/** Response of an operation that returns only a message. */
export function message(text: string) {
  return z.object({ message: z.string() }).meta({ example: { message: text } })
}

/** A cursor parameter. It has no example: API consoles that fill in examples would start in the middle of a list. */
export function cursor<Cursor extends z.ZodType>(schema: Cursor) {
  return schema.optional().describe('next_cursor of the previous page')
}

const MAX_LINKED_PAGE = 1000

/** Description of operations that use `linkedPage`. */
export const LINKED_PAGES = `Returns one page, of up to ${MAX_LINKED_PAGE} items without \`limit\`. The header \`Link\` (RFC 8288, rel="next") has the URL of the next page; the last page has no such header.`

/** Query parameters of a list whose response is a bare array and links its next page in the header `Link`. */
export function linkedPage<Cursor extends z.ZodType>(schema: Cursor) {
  return {
    limit: z.coerce.number().int().min(1).max(MAX_LINKED_PAGE).default(MAX_LINKED_PAGE),
    cursor: schema.optional().describe('Id of the last item of the previous page'),
  }
}

/** One page of a list. `next_cursor` is null on the last page; the argument is its example. */
export function page<Item extends z.ZodType>(item: Item, nextCursor: string) {
  return z
    .object({ items: z.array(item), next_cursor: z.string().nullable() })
    .meta({ example: { items: [item.meta()?.['example']], next_cursor: nextCursor } })
}
