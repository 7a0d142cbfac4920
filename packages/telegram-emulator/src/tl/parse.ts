export type TlType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  /** `flags:#`, a word whose bits state which optional fields are present. */
  | { readonly kind: 'flags' }
  /** `true`: no bytes; its flag bit is the value. */
  | { readonly kind: 'true' }
  /** `X` and `!X`: any boxed object, in practice another call. */
  | { readonly kind: 'any' }
  /** A boxed object of one of the type's constructors. */
  | { readonly kind: 'object'; readonly type: string }
  /** The fields of a constructor without its id. */
  | { readonly kind: 'bare'; readonly constructor: string }
  | { readonly kind: 'vector'; readonly boxed: boolean; readonly element: TlType }

const SCALARS = ['int', 'long', 'double', 'string', 'bytes', 'int128', 'int256', 'Bool'] as const
export type Scalar = (typeof SCALARS)[number]

export interface Field {
  readonly name: string
  readonly type: TlType
  /** The flag bit that states whether the field is present; null for required fields. */
  readonly condition: { readonly flags: string; readonly bit: number } | null
}

export interface Definition {
  readonly name: string
  readonly id: number
  readonly fields: readonly Field[]
  readonly result: TlType
  readonly isFunction: boolean
}

const DEFINITION = /^([\w.]+)#([0-9a-f]{1,8})((?: [^=]+?)?) = ([^;]+);/
const FIELD = /^(\w+):(?:(\w+)\.(\d+)\?)?(.+)$/

/**
 * Parses TL schema text (https://core.telegram.org/mtproto/TL). Omits combinators without an explicit id and the vector
 * itself, because neither appears by name on the wire.
 */
export function parseSchema(text: string): Definition[] {
  const definitions: Definition[] = []
  let isFunction = false
  for (const line of text.split('\n')) {
    if (line.startsWith('---')) isFunction = line.startsWith('---functions')
    const match = DEFINITION.exec(line)
    if (match === null || match[1] === 'vector') continue
    const [, name = '', id = '', fields = '', result = ''] = match
    definitions.push({
      name,
      id: Number.parseInt(id, 16),
      fields: parseFields(name, fields),
      result: parseType(result.trim()),
      isFunction,
    })
  }
  return definitions
}

function parseFields(name: string, text: string): Field[] {
  const words = text.split(' ').filter((word) => word !== '' && !word.startsWith('{'))
  return words.map((word) => {
    const match = FIELD.exec(word)
    if (match === null) throw new SyntaxError(`cannot read the field "${word}" of ${name}`)
    const [, field = '', flags, bit, type = ''] = match
    return {
      name: field,
      type: parseType(type),
      condition: flags === undefined ? null : { flags, bit: Number(bit) },
    }
  })
}

function parseType(text: string): TlType {
  const vector = /^(vector|Vector)<(.+)>$/.exec(text)
  if (vector !== null) {
    return { kind: 'vector', boxed: vector[1] === 'Vector', element: parseType(vector[2] ?? '') }
  }
  if (text === '#') return { kind: 'flags' }
  if (text === 'true') return { kind: 'true' }
  if (text === 'X' || text === '!X') return { kind: 'any' }
  const scalar = SCALARS.find((candidate) => candidate === text)
  if (scalar !== undefined) return { kind: 'scalar', scalar }
  const isBare = /^[a-z]/.test(text.slice(text.lastIndexOf('.') + 1))
  return isBare ? { kind: 'bare', constructor: text } : { kind: 'object', type: text }
}
