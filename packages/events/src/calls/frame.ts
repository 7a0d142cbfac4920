import { z } from 'zod'

/** An error as it crosses the wire; `fields` are its own properties besides name and message. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const wireError = z.object({
  name: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
})

const requestHead = z.discriminatedUnion('type', [
  /** The value is the argument. */
  z.object({ type: z.literal('call'), method: z.string(), timeoutMs: z.number() }),
  /** Offers a call of `bytes` bytes. The caller sends it after a server has accepted the offer. */
  z.object({ type: z.literal('offer'), bytes: z.int().min(1) }),
  /** The caller no longer waits for the answer. */
  z.object({ type: z.literal('cancel') }),
])
export type RequestHead = z.output<typeof requestHead>

const answerHead = z.discriminatedUnion('type', [
  /** The call has arrived and is being executed. */
  z.object({ type: z.literal('received') }),
  /** The offered call may be sent. */
  z.object({ type: z.literal('accepted') }),
  /** The offered call is not executed. */
  z.object({ type: z.literal('refused') }),
  /** The value is the result. */
  z.object({ type: z.literal('result'), epoch: z.int() }),
  z.object({ type: z.literal('failed'), epoch: z.int(), error: wireError }),
])
export type AnswerHead = z.output<typeof answerHead>

export interface Frame<Head> {
  readonly head: Head
  readonly value: unknown
}

/** Name and length of each byte field of the value; the name null means the value itself. */
const byteFields = z.array(z.tuple([z.string().nullable(), z.int().min(0)]))

const envelope = z.object({ head: z.unknown(), value: z.unknown().optional(), bytes: byteFields })

const LENGTH_BYTES = 4

/**
 * A frame as consecutive chunks: the length of the JSON, the JSON, and the bytes of the value as they are. Bytes
 * (`Uint8Array`) are the value itself or fields of it, no deeper.
 */
export function encodeFrame(head: RequestHead | AnswerHead, value?: unknown): Uint8Array[] {
  const { json, fields } = withoutBytes(value)
  const bytes = fields.map(([name, { length }]) => [name, length])
  const text = JSON.stringify({ head, value: json, bytes })
  const length = Buffer.byteLength(text)
  const beginning = Buffer.allocUnsafe(LENGTH_BYTES + length)
  beginning.writeUInt32BE(length)
  beginning.write(text, LENGTH_BYTES)
  return [beginning, ...fields.map(([, field]) => field)]
}

/** Throws for an invalid frame. */
export function decodeRequest(data: Uint8Array): Frame<RequestHead> {
  return decodeFrame(data, requestHead)
}

/** Throws for an invalid frame. */
export function decodeAnswer(data: Uint8Array): Frame<AnswerHead> {
  return decodeFrame(data, answerHead)
}

function decodeFrame<Head>(data: Uint8Array, schema: z.ZodType<Head>): Frame<Head> {
  const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const end = LENGTH_BYTES + frame.readUInt32BE(0)
  const { head, value, bytes } = envelope.parse(
    JSON.parse(frame.toString('utf8', LENGTH_BYTES, end)),
  )
  return { head: schema.parse(head), value: withBytes(value, bytes, frame.subarray(end)) }
}

type Fields<Bytes> = readonly (readonly [name: string | null, bytes: Bytes])[]

function withoutBytes(value: unknown): { json: unknown; fields: Fields<Uint8Array> } {
  if (value instanceof Uint8Array) return { json: null, fields: [[null, value]] }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { json: value, fields: [] }
  const entries = Object.entries(value)
  const fields = entries.filter(
    (entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array,
  )
  if (fields.length === 0) return { json: value, fields }
  const others = entries.filter(([, field]) => !(field instanceof Uint8Array))
  return { json: Object.fromEntries(others), fields }
}

function withBytes(json: unknown, fields: Fields<number>, bytes: Uint8Array): unknown {
  if (fields.length === 0) return json
  let offset = 0
  const taken = fields.map(([name, length]) => {
    if (offset + length > bytes.length) throw new RangeError('a frame has fewer bytes than it says')
    return [name, bytes.subarray(offset, (offset += length))] as const
  })
  const [first] = taken
  if (first?.[0] === null) return first[1]
  return { ...(json as object), ...Object.fromEntries(taken) }
}
