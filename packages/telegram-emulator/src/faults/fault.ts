import { z } from 'zod'

/** An account by id, phone number or username. */
const account = z.string().min(1)

/** The calls and clients that a fault applies to. Absent fields match everything. */
const match = z.strictObject({
  /** A method, `messages.getHistory`, or a namespace, `messages.*`. */
  method: z
    .string()
    .regex(/^[A-Za-z]+(?:\.(?:[A-Za-z0-9]+|\*))?$/)
    .optional(),
  account: account.optional(),
  dc: z.int().optional(),
  /** An auth key: 16 hex digits. */
  key: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** The client's IP address. */
  peer: z.string().min(1).optional(),
})

const anyone = match.omit({ method: true })
const count = z.int().min(1).optional()
const skip = z.int().min(0).default(0)
const milliseconds = z.int().min(0).max(600_000)
const MAX_CLOCK_OFFSET_SECONDS = 366 * 86_400
const bytes = z
  .int()
  .min(1)
  .max(2 ** 40)

/** Faults of calls: they fire for `count` matching calls, after the first `skip`. */
const onCalls = { match: match.default({}), count, skip }
/** Faults of connections: active until removed. */
const onLinks = { match: anyone.default({}) }
const onPushes = { match: anyone.omit({ peer: true }).default({}), count, skip }
/** Faults of keys: applied once, when placed. */
const ofKeys = { match: anyone.omit({ peer: true }).default({}) }

/** All files; one file; or the files of one message in a channel or an account's mailbox. */
const expireFileReferences = z
  .strictObject({
    kind: z.literal('expire_file_references'),
    file_id: z
      .string()
      .regex(/^\d{1,19}$/)
      .optional(),
    chat: z
      .union([z.string().min(1), z.int()])
      .transform(String)
      .optional(),
    message_id: z.int().min(1).optional(),
  })
  .refine(
    ({ file_id: file, chat, message_id: message }) =>
      (chat === undefined) === (message === undefined) &&
      (file === undefined || chat === undefined),
    { message: 'Either file_id, or chat and message_id, or neither', path: ['file_id'] },
  )

/** The body of `POST /faults`. */
export const faultInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rpc_error'),
    error: z.string().regex(/^[A-Za-z0-9_]{1,100}$/),
    code: z.int().min(-999).max(999).optional(),
    ...onCalls,
  }),
  z.strictObject({
    kind: z.literal('flood_wait'),
    seconds: z.int().min(1).max(86_400),
    premium: z.boolean().default(false),
    ...onCalls,
  }),
  z.strictObject({
    kind: z.literal('download_limit'),
    bytes_per_second: bytes,
    burst_bytes: bytes.optional(),
    match: anyone.default({}),
  }),
  z.strictObject({ kind: z.literal('stall'), delay_ms: milliseconds, ...onCalls }),
  z.strictObject({
    kind: z.literal('disconnect'),
    at: z.enum(['request', 'answer']).default('request'),
    ...onCalls,
  }),
  z.strictObject({ kind: z.literal('latency'), delay_ms: milliseconds, ...onLinks }),
  z.strictObject({ kind: z.literal('bandwidth'), bytes_per_second: bytes, ...onLinks }),
  z.strictObject({ kind: z.literal('drop_update'), ...onPushes }),
  z.strictObject({
    kind: z.literal('reorder_updates'),
    window: z.int().min(2).max(100).default(2),
    hold_ms: milliseconds.default(1000),
    ...onPushes,
  }),
  z.strictObject({ kind: z.literal('ban_account'), match: z.strictObject({ account }) }),
  z.strictObject({ kind: z.literal('drop_connections'), match: anyone.default({}) }),
  z.strictObject({ kind: z.literal('forget_key'), ...ofKeys }),
  z.strictObject({
    kind: z.literal('revoke_session'),
    answer: z.enum(['SESSION_REVOKED', 'AUTH_KEY_UNREGISTERED']).default('SESSION_REVOKED'),
    ...ofKeys,
  }),
  z.strictObject({
    kind: z.literal('key_exchange'),
    answer: z.enum(['dh_gen_retry', 'dh_gen_fail']).default('dh_gen_retry'),
    match: match.pick({ dc: true, peer: true }).default({}),
    count,
    skip,
  }),
  z.strictObject({ kind: z.literal('forget_connection'), ...ofKeys }),
  z.strictObject({
    kind: z.literal('clock'),
    offset_seconds: z.int().min(-MAX_CLOCK_OFFSET_SECONDS).max(MAX_CLOCK_OFFSET_SECONDS),
    match: match.pick({ dc: true }).default({}),
  }),
  expireFileReferences,
])

export type NewFault = z.input<typeof faultInput>
export type Fault = z.output<typeof faultInput>
export type FaultKind = Fault['kind']
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>
export type FaultMatch = z.output<typeof match>
