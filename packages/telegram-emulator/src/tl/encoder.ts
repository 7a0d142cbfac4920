import { LazyBytes } from '../memory/lazy-bytes.ts'
import { BOOL_FALSE, BOOL_TRUE, VECTOR } from './constructor-ids.ts'
import { TlEncodeError } from './errors.ts'
import type { TlObject, TlValue } from './object.ts'
import { fieldsWriter, type Write, type WriteFields } from './fields-writer.ts'
import type { Definition, Scalar, TlType } from './parse.ts'
import { asReusable, type ReusableObject } from './reusable.ts'
import type { TlWriter } from './writer.ts'

interface Encoder {
  /** The type of the constructor; null for other values. */
  readonly type: string | null
  /** Writes the fields, without the constructor id. */
  readonly writeFields: WriteFields
  readonly id: number
}

const EMPTY = Buffer.alloc(0)
const NOTHING: Write = () => undefined
const NONE: readonly TlValue[] = []

/** Encodes by name with the constructors of one layer. */
export class TlEncoder {
  readonly #layer: number
  readonly #say: (object: TlObject) => TlObject
  readonly #definitions = new Map<string, Definition>()
  readonly #encoders = new Map<string, Encoder>()
  readonly #results = new Map<string, Write>()

  /** @param say converts reusable objects to the layer; they are built only here */
  constructor(
    layer: number,
    definitions: Iterable<Definition>,
    say: (object: TlObject) => TlObject,
  ) {
    this.#layer = layer
    this.#say = say
    for (const definition of definitions) this.#definitions.set(definition.name, definition)
  }

  has(name: string): boolean {
    return this.#definitions.has(name)
  }

  writeObject(writer: TlWriter, object: TlObject): void {
    const encoder = this.#encoder(object._)
    writer.int32(encoder.id)
    encoder.writeFields(writer, object)
  }

  /** Writes the result of a method: an object, a Bool or a vector, by the schema. */
  writeResult(writer: TlWriter, method: string, value: TlValue): void {
    let write = this.#results.get(method)
    if (write === undefined) {
      const definition = this.#definitions.get(method)
      if (definition === undefined) throw new TlEncodeError(`the layer has no ${method}`)
      write = this.#compileType(definition.result, `result of ${method}`)
      this.#results.set(method, write)
    }
    write(writer, value)
  }

  #encoder(name: string): Encoder {
    const known = this.#encoders.get(name)
    if (known !== undefined) return known
    const definition = this.#definitions.get(name)
    if (definition === undefined) throw new TlEncodeError(`the layer has no ${name}`)
    const encoder = this.#compile(definition)
    this.#encoders.set(name, encoder)
    return encoder
  }

  #compile(definition: Definition): Encoder {
    const { name, fields, result } = definition
    const writes = fields.map(({ name: field, type }) =>
      type.kind === 'flags' || type.kind === 'true'
        ? NOTHING
        : this.#compileType(type, `${name}.${field}`),
    )
    return {
      id: definition.id,
      type: result.kind === 'object' ? result.type : null,
      writeFields: fieldsWriter(fields, writes),
    }
  }

  #compileType(type: TlType, label: string): Write {
    if (type.kind === 'scalar') return SCALAR_WRITES[type.scalar](label)
    if (type.kind === 'vector') return this.#compileVector(type, label)
    if (type.kind === 'bare') return this.#compileBare(type.constructor, label)
    if (type.kind === 'object') {
      const expected = { type: type.type, label }
      return (writer, value) => this.#writeTyped(writer, value, expected)
    }
    return (writer, value) => {
      if (!isObject(value)) throw mismatch(label, 'an object', value)
      this.writeObject(writer, value)
    }
  }

  #writeTyped(
    writer: TlWriter,
    value: TlValue,
    expected: { readonly type: string; readonly label: string },
  ): void {
    if (!isObject(value)) throw mismatch(expected.label, expected.type, value)
    const encoder = this.#encoder(value._)
    if (encoder.type !== expected.type) throw mismatch(expected.label, expected.type, value)
    const reusable = asReusable(value)
    if (reusable !== undefined) return this.#writeReusable(writer, reusable)
    writer.int32(encoder.id)
    encoder.writeFields(writer, value)
  }

  #writeReusable(writer: TlWriter, reusable: ReusableObject): void {
    const encoded = reusable.encoded(this.#layer)
    if (encoded !== undefined) return writer.raw(encoded)
    const start = writer.length
    this.writeObject(writer, this.#say(reusable.make()))
    reusable.keep(this.#layer, writer.copyFrom(start))
  }

  #compileBare(name: string, label: string): Write {
    return (writer, value) => {
      if (!isObject(value)) throw mismatch(label, name, value)
      this.#encoder(name).writeFields(writer, value)
    }
  }

  #compileVector(type: { boxed: boolean; element: TlType }, label: string): Write {
    const write = this.#compileType(type.element, label)
    const { boxed } = type
    return (writer, value = NONE) => {
      if (!Array.isArray(value)) throw mismatch(label, 'a vector', value)
      const elements: readonly TlValue[] = value
      if (boxed) writer.int32(VECTOR)
      writer.int32(elements.length)
      for (const element of elements) write(writer, element)
    }
  }
}

const SCALAR_WRITES: Record<Scalar, (label: string) => Write> = {
  int:
    (label) =>
    (writer, value = 0) => {
      if (typeof value !== 'number' || (value | 0) !== value) throw mismatch(label, 'int', value)
      writer.int32(value)
    },
  long:
    (label) =>
    (writer, value = 0n) => {
      if (typeof value !== 'bigint') throw mismatch(label, 'long', value)
      writer.int64(value)
    },
  double:
    (label) =>
    (writer, value = 0) => {
      if (typeof value !== 'number') throw mismatch(label, 'double', value)
      writer.double(value)
    },
  string:
    (label) =>
    (writer, value = '') => {
      if (typeof value !== 'string') throw mismatch(label, 'string', value)
      writer.string(value)
    },
  bytes:
    (label) =>
    (writer, value = EMPTY) => {
      if (value instanceof LazyBytes) return writer.lazyBytes(value)
      if (!(value instanceof Uint8Array)) throw mismatch(label, 'bytes', value)
      writer.bytes(value)
    },
  int128: (label) => compileFixed(16, label),
  int256: (label) => compileFixed(32, label),
  Bool:
    (label) =>
    (writer, value = false) => {
      if (typeof value !== 'boolean') throw mismatch(label, 'Bool', value)
      writer.int32(value ? BOOL_TRUE : BOOL_FALSE)
    },
}

function compileFixed(length: number, label: string): Write {
  const zeros = Buffer.alloc(length)
  return (writer, value = zeros) => {
    if (!(value instanceof Uint8Array) || value.length !== length) {
      throw mismatch(label, `${length} bytes`, value)
    }
    writer.raw(value)
  }
}

function isObject(value: TlValue): value is TlObject {
  return typeof value === 'object' && '_' in value
}

function mismatch(label: string, expected: string, value: TlValue): TlEncodeError {
  const actual = isObject(value) ? value._ : typeof value
  return new TlEncodeError(`${label}: expected ${expected}, got ${actual}`)
}
