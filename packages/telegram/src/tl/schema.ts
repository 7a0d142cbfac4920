/** A field as the schema declares it. */
export interface TlField {
  readonly name: string
  /** Without its flag, such as `Vector<int>`; `#` for a field of flags. */
  readonly type: string
  /** Present only when this bit of that field of flags is set. */
  readonly flag: { readonly field: string; readonly bit: number } | null
}

export interface TlConstructor {
  readonly id: number
  /** Such as `messages.channelMessages`. */
  readonly name: string
  /** Its line of the schema. */
  readonly line: string
}

const CONSTRUCTOR = /^([\w.]+)#([0-9a-f]+)(?: \w+:[^ ]+)* = /
const FIELD = /^(\w+):(?:(\w+)\.(\d+)\?)?(.+)$/

/** The constructors and methods of a schema in TL notation (https://core.telegram.org/mtproto/TL). */
export function parseSchema(text: string): TlConstructor[] {
  return text.split('\n').flatMap((line) => {
    const match = CONSTRUCTOR.exec(line.trim())
    if (!match) return []
    const [, name = '', id = ''] = match
    return [{ id: Number.parseInt(id, 16), name, line }]
  })
}

/** Parsed when they are needed: of most constructors they never are. */
export function fieldsOf({ line }: TlConstructor): TlField[] {
  const [declared = ''] = line.trim().split(' = ', 1)
  return declared.split(' ').slice(1).map(parseField)
}

function parseField(text: string): TlField {
  const [, name = '', flagField, bit, type = ''] = FIELD.exec(text) ?? []
  const flag = flagField === undefined ? null : { field: flagField, bit: Number(bit) }
  return { name, type, flag }
}
