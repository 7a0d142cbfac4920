/** Names of fields with secret values. Compared without case and separators: `apiHash` is also `API_HASH`. */
const SECRET_NAMES = new Set(
  [
    'authorization cookie setCookie password passwordHash secret token botToken apiHash apiKey authKey',
    'session sessionString stringSession encryptedSession encryptedLogin encryptionKey sessionEncKey',
    'code phoneCode phoneCodeHash signingSecret callbackSigningSecret key keys',
  ]
    .join(' ')
    .split(' ')
    .map(normalise),
)

/** Error codes such as `ECONNREFUSED` and SQLSTATEs, which are logged although `code` is a secret name. */
const ERROR_CODE = /^[A-Z][A-Z0-9_]{2,}$|^[0-9A-Z]{5}$/

const REDACTED = '[redacted]'
const MAX_DEPTH = 6

/** The frames of a stack; the lines before them repeat the message. */
const STACK_FRAMES = /^\s+at .*$/gm

const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/)[^\s/@"]+@/g, `$1${REDACTED}@`],
  [/\b\d{6,}:[\w-]{30,}/g, REDACTED],
  [/\bgAAAA[\w-]{20,}=*/g, REDACTED],
  [/\btg_[\w-]+_[\w-]{16,}/g, REDACTED],
  [/[\w+/-]{200,}=*/g, REDACTED],
  [/\+(\d{2})\d{4,11}(\d{2})\b/g, '+$1******$2'],
]

/** Masks phone numbers as +12******90 and replaces text that looks like a session, a token, a key or a URL's password. */
export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((clean, [pattern, mask]) => clean.replace(pattern, mask), text)
}

/** A copy of log fields with secret values replaced. Errors keep name, message, code, stack frames and cause. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactRecord(fields, 0)
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      SECRET_NAMES.has(normalise(name)) ? REDACTED : redactValue(value, depth + 1),
    ]),
  )
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth > MAX_DEPTH) return '[deep]'
  if (value instanceof Error) return describeError(value, depth)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1))
  return redactRecord(value, depth)
}

/** Copies only these properties: drivers attach queries, parameters and connection strings to their errors. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error ? error.code : undefined
  return {
    type: error.name,
    message: withoutParameters(error.message),
    ...(typeof code === 'string' && ERROR_CODE.test(code) && { code }),
    stack: error.stack?.match(STACK_FRAMES)?.join('\n'),
    ...(error.cause !== undefined && { cause: redactValue(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && {
      errors: error.errors.map((inner) => redactValue(inner, depth + 1)),
    }),
  }
}

/** Removes the parameters of a failed query, which drizzle-orm appends to its error message. They may be secrets. */
function withoutParameters(message: string): string {
  return message.replace(/\nparams:[\s\S]*$/, '')
}

function normalise(name: string): string {
  return name.replaceAll(/[^a-zA-Z]/g, '').toLowerCase()
}
