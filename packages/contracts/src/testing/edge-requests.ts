import type { Contract } from '../contract.ts'
import { sampleRequest, type KnownIds } from './sample-request.ts'

export interface EdgeRequest {
  readonly method: string
  readonly path: string
  /** JSON text; undefined: no body. */
  readonly body: string | undefined
  /** The replaced field and its edge value, for failure messages. `none` for the unchanged sample. */
  readonly edge: string
}

/** Lengths of texts in UTF-16 code units. No contract accepts the longest. */
const MAX_TEXTS = [100, 200, 256, 1024, 4096, 100_000]

/** Texts that JSON, JavaScript, UTF-16, Postgres or file systems may reject. */
const TEXTS = ['', ' ', '\0', '\ud800', "\uffff\u{10ffff}\u202e\u200b%_\\'", '..'] as const

/** Edge values of formats: numbers, dates, UUIDs, channels, schedules, phone numbers. */
const FORMATTED = [
  '-1',
  '9223372036854775808',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '@a',
  't.me/+a',
  't.me/c/9223372036854775807',
  '-1009223372036854775807',
  '0 0 29 2 *',
  '* * * * * *',
  '+9999999999999999',
] as const

/** Edge values for paths and queries, where numbers, dates and cursors are texts too. */
const TEXTS_OF_URLS = [
  ...TEXTS,
  ...FORMATTED,
  '\udc00',
  '%',
  '\\',
  "'",
  '0',
  '-0',
  '1e3',
  '2147483647',
  '2147483648',
  '9007199254740991',
  '999999999999999',
  '9223372036854775807',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '00000000-0000-0000-0000-000000000000',
  '0_0',
  '99999999999999_999999999999999',
  '-100999999999999',
] as const

// The values below are JSON texts, because JavaScript cannot represent all of them.

/** One value of each type. */
const TYPES = ['null', 'true', '0', '[]', '[null]', '{}', '{"__proto__":1}', '1e400', '""']

const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '2147483647',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '1e308',
  '1e400',
]

/** Texts of `MAX_TEXTS` lengths alternate between characters of one and of four bytes in UTF-8. */
const STRINGS = [
  ...TEXTS,
  ...MAX_TEXTS.map((length, at) =>
    at % 2 === 0 ? 'x'.repeat(length) : '\u{10ffff}'.repeat(length / 2),
  ),
].map((text) => JSON.stringify(text))

const FORMATTED_STRINGS = FORMATTED.map((text) => JSON.stringify(text))
/** Matches a sample without a format, such as a name. */
const PLAIN = /^[\p{L} _-]+$/u

/** Edge values of the sample's type, and one value of each other type. */
function valuesFor(sample: unknown): ReadonlySet<string> {
  if (typeof sample === 'string')
    return new Set([...TYPES, ...STRINGS, ...(PLAIN.test(sample) ? [] : FORMATTED_STRINGS)])
  if (typeof sample === 'number') return new Set([...TYPES, ...NUMBERS, '"1"'])
  if (sample === null) return new Set([...TYPES, ...NUMBERS, ...STRINGS, ...FORMATTED_STRINGS])
  return new Set(TYPES)
}

/** Yields the sample request, then requests with one edge value each in the path, the query or the body. */
export function* edgeRequests(contract: Contract, ids: KnownIds): Generator<EdgeRequest> {
  const sample = sampleRequest(contract, ids)
  const { method } = contract
  const body = sample.body === undefined ? undefined : JSON.stringify(sample.body)
  const request = { method, path: sample.path, body }
  yield { ...request, edge: 'none' }
  for (const [name] of Object.entries(contract.schema.params?.shape ?? {}))
    for (const text of [...TEXTS_OF_URLS, 'x'.repeat(256), 'x'.repeat(257)])
      if (text !== '')
        yield {
          ...request,
          path: sampleRequest(contract, { ...ids, [name]: encoded(text) }).path,
          edge: `${name} ${shown(JSON.stringify(text))}`,
        }
  for (const name of Object.keys(contract.schema.querystring?.shape ?? {}))
    for (const text of [
      ...TEXTS_OF_URLS,
      ...MAX_TEXTS.slice(0, -1).map((length) => 'x'.repeat(length)),
    ]) {
      const [path = '', query = ''] = sample.path.split('?')
      const others = query.split('&').filter((pair) => pair && !pair.startsWith(`${name}=`))
      yield {
        ...request,
        path: `${path}?${[...others, `${name}=${encoded(text)}`].join('&')}`,
        edge: `${name} ${shown(JSON.stringify(text))}`,
      }
    }
  if (sample.body === undefined) return
  for (const value of TYPES) yield { ...request, body: value, edge: `body ${shown(value)}` }
  for (const [name, field] of Object.entries(sample.body as object))
    for (const value of valuesFor(name in ids ? null : field))
      yield {
        ...request,
        body: withField(sample.body as object, name, value),
        edge: `${name} ${shown(value)}`,
      }
}

function withField(body: object, name: string, value: string): string {
  const others = Object.entries(body).filter(([other]) => other !== name)
  const fields = [...others.map(([key, field]) => [key, JSON.stringify(field)]), [name, value]]
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${field}`).join(',')}}`
}

/** Percent-encodes a text. A lone surrogate becomes three bytes that are invalid in UTF-8. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
}

function shown(value: string): string {
  return value.length > 60 ? `${value.slice(0, 40)}… (${value.length})` : value
}
