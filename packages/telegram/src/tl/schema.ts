/** A field of a constructor, as the schema declares it. */
export interface TlField {
  readonly name: string
  /** Type without its flag, such as `Vector<int>`; `#` for a flags field. */
  readonly type: string
  /** For an optional field: the bit of the flags field that marks it present. */
  readonly flag: { readonly field: string; readonly bit: number } | null
}

export interface TlConstructor {
  readonly id: number
  /** Such as `messages.channelMessages`. */
  readonly name: string
  /** The constructor's line in the schema. */
  readonly line: string
}

const CONSTRUCTOR = /^([\w.]+)#([0-9a-f]+)(?: \w+:[^ ]+)* = /
const FIELD = /^(\w+):(?:(\w+)\.(\d+)\?)?(.+)$/

/** Parses the constructors and methods of a schema in TL notation (https://core.telegram.org/mtproto/TL). */
export function parseSchema(text: string): TlConstructor[] {
  return text.split('\n').flatMap((line) => {
    const match = CONSTRUCTOR.exec(line.trim())
    if (!match) return []
    const [, name = '', id = ''] = match
    return [{ id: Number.parseInt(id, 16), name, line }]
  })
}

/** The fields of a constructor. Parsed on demand: most constructors are never used. */
export function fieldsOf({ line }: TlConstructor): TlField[] {
  const [declared = ''] = line.trim().split(' = ', 1)
  return declared.split(' ').slice(1).map(parseField)
}

function parseField(text: string): TlField {
  const [, name = '', flagField, bit, type = ''] = FIELD.exec(text) ?? []
  const flag = flagField === undefined ? null : { field: flagField, bit: Number(bit) }
  return { name, type, flag }
}
