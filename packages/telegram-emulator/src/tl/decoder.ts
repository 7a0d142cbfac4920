import { BOOL_FALSE, BOOL_TRUE, GZIP_PACKED, VECTOR } from './constructor-ids.ts'
import { TlDecodeError } from './errors.ts'
import type { TlObject, TlValue } from './object.ts'
import type { Definition, Field, Scalar, TlType } from './parse.ts'
import { TlReader, type Inflate } from './reader.ts'
import { upgradeOf } from './upgrade.ts'

type Read = (reader: TlReader) => TlValue

/** Types that Telegram accepts in place of the type in the schema. */
const TAKEN_INSTEAD: ReadonlyMap<string, readonly string[]> = new Map([
  ['inputMessageEntityMentionName.user_id', ['InputPeer']],
])

interface Decoder {
  readonly definition: Definition
  /** The type of the constructor; null for other values. */
  readonly type: string | null
  readonly read: (reader: TlReader) => TlObject
}

/** Decodes by constructor id, in any layer. Objects with a different form in the newest layer are converted to it. */
export class TlDecoder {
  readonly #definitions = new Map<number, Definition>()
  readonly #newest = new Map<string, Definition>()
  readonly #decoders = new Map<number, Decoder>()

  /**
   * Newest layer first: the first definition wins among those with the same id, and among bare ones with the same name.
   */
  constructor(definitions: Iterable<Definition>) {
    for (const definition of definitions) {
      const known = this.#definitions.get(definition.id)
      this.#definitions.set(definition.id, known ? withFlagsOf(known, definition) : definition)
      if (!this.#newest.has(definition.name)) this.#newest.set(definition.name, definition)
    }
  }

  /** Decodes one boxed object. Returns it with the number of bytes read. */
  decodePrefix(buffer: Buffer, inflate: Inflate): { value: TlObject; length: number } {
    const reader = new TlReader(buffer, inflate)
    const value = this.#readAny(reader)
    return { value, length: reader.offset }
  }

  #readAny(reader: TlReader): TlObject {
    const id = reader.uint32()
    if (id !== GZIP_PACKED) return this.#readFields(reader, this.#decoder(id))
    reader.enter()
    const inner = reader.nested(reader.inflate(reader.bytes()))
    const value = this.#readAny(inner)
    if (inner.remaining > 0) throw new TlDecodeError('trailing_bytes', `after ${value._}`)
    reader.leave()
    return value
  }

  #readObject(reader: TlReader, types: readonly string[]): TlObject {
    const decoder = this.#decoder(reader.uint32())
    const fits = decoder.type !== null && types.includes(decoder.type)
    if (!fits || decoder.definition.isFunction) {
      throw new TlDecodeError('wrong_type', `${decoder.definition.name} is not of type ${types[0]}`)
    }
    return this.#readFields(reader, decoder)
  }

  #readFields(reader: TlReader, decoder: Decoder): TlObject {
    reader.enter()
    const value = decoder.read(reader)
    reader.leave()
    return value
  }

  #decoder(id: number): Decoder {
    const known = this.#decoders.get(id)
    if (known !== undefined) return known
    const definition = this.#definitions.get(id)
    if (definition === undefined) throw new TlDecodeError('unknown_constructor', id.toString(16))
    const decoder = this.#compile(definition)
    this.#decoders.set(id, decoder)
    return decoder
  }

  #compile(definition: Definition): Decoder {
    const newest = this.#newest.get(definition.name)
    const steps = definition.fields.map((field) =>
      this.#compileField(
        definition,
        field,
        newest?.fields.find(({ name }) => name === field.name),
      ),
    )
    const type = definition.result.kind === 'object' ? definition.result.type : null
    const { name } = definition
    const read = (reader: TlReader) => {
      const object: TlObject = { _: name }
      const flags = [0, 0]
      for (const step of steps) step(reader, object, flags)
      return object
    }
    return { definition, type, read }
  }

  #compileField(
    definition: Definition,
    field: Field,
    newest: Field | undefined,
  ): (reader: TlReader, object: TlObject, flags: number[]) => void {
    const { name, condition } = field
    const words = definition.fields.filter(({ type }) => type.kind === 'flags')
    if (field.type.kind === 'flags') {
      const word = words.indexOf(field)
      return (reader, _object, flags) => {
        flags[word] = reader.int32()
      }
    }
    const instead = TAKEN_INSTEAD.get(`${definition.name}.${name}`) ?? []
    const read = this.#compileUpgrade(field.type, newest?.type ?? field.type, instead)
    if (condition === null) {
      return (reader, object) => {
        object[name] = read(reader)
      }
    }
    const word = words.findIndex((candidate) => candidate.name === condition.flags)
    const mask = 1 << condition.bit
    return (reader, object, flags) => {
      if (((flags[word] ?? 0) & mask) !== 0) object[name] = read(reader)
    }
  }

  #compileUpgrade(type: TlType, newest: TlType, instead: readonly string[]): Read {
    const read = this.#compileType(type, instead)
    const upgrade = upgradeOf(type, newest)
    return upgrade === null ? read : (reader) => upgrade(read(reader))
  }

  #compileType(type: TlType, instead: readonly string[] = []): Read {
    if (type.kind === 'scalar') return SCALAR_READS[type.scalar]
    if (type.kind === 'object') {
      const types = [type.type, ...instead]
      return (reader) => this.#readObject(reader, types)
    }
    if (type.kind === 'vector') return this.#compileVector(type.boxed, type.element)
    if (type.kind === 'any') return (reader) => this.#readAny(reader)
    if (type.kind === 'bare') return this.#compileBare(type.constructor)
    return () => true
  }

  #compileBare(name: string): Read {
    const definition = this.#newest.get(name)
    if (definition === undefined) throw new SyntaxError(`the schema has no constructor ${name}`)
    const decoder = this.#compile(definition)
    return (reader) => this.#readFields(reader, decoder)
  }

  #compileVector(boxed: boolean, element: TlType): Read {
    const read = this.#compileType(element)
    return (reader) => {
      if (boxed && reader.uint32() !== VECTOR) throw new TlDecodeError('wrong_type', 'not a vector')
      reader.enter()
      const values: TlValue[] = []
      for (let left = reader.count(); left > 0; left -= 1) values.push(read(reader))
      reader.leave()
      return values
    }
  }
}

/** Between layers, `true` fields appear and disappear under the same constructor id, because they take no bytes. */
function withFlagsOf(definition: Definition, other: Definition): Definition {
  const names = new Set(definition.fields.map(({ name }) => name))
  const added = other.fields.filter(({ name, type }) => type.kind === 'true' && !names.has(name))
  return { ...definition, fields: [...definition.fields, ...added] }
}

const SCALAR_READS: Record<Scalar, Read> = {
  int: (reader) => reader.int32(),
  long: (reader) => reader.int64(),
  double: (reader) => reader.double(),
  string: (reader) => reader.string(),
  bytes: (reader) => reader.bytes(),
  int128: (reader) => reader.raw(16),
  int256: (reader) => reader.raw(32),
  Bool: readBool,
}

function readBool(reader: TlReader): boolean {
  const id = reader.uint32()
  if (id === BOOL_TRUE) return true
  if (id === BOOL_FALSE) return false
  throw new TlDecodeError('wrong_type', `${id.toString(16)} is not a Bool`)
}
