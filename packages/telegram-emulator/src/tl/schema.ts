import type { LazyBytes } from '../memory/lazy-bytes.ts'
import { TlDecoder } from './decoder.ts'
import { Downgrade } from './downgrade.ts'
import { TlEncoder } from './encoder.ts'
import { TlDecodeError } from './errors.ts'
import type { TlObject, TlValue } from './object.ts'
import type { Definition } from './parse.ts'
import type { Inflate } from './reader.ts'
import { TlWriter } from './writer.ts'

/** Encoding for clients of one layer. */
export interface LayerSchema {
  readonly layer: number
  /** Whether the layer has a constructor or method; encoding any other throws. */
  has(name: string): boolean
  /**
   * Encodes a boxed object. Fields that the layer lacks are omitted; missing scalars and vectors are zero or empty.
   * Values are in the form of the newest layer; for an older one they are converted, see {@link Downgrade}.
   *
   * @throws TlEncodeError for an unknown name, a missing object and a value of the wrong type
   */
  encode(object: TlObject): Buffer
  /** Encodes the result of `method` by its type; lazily if it contains LazyBytes. Throws like {@link encode}. */
  encodeResult(method: string, value: TlValue): Buffer | LazyBytes
}

export interface SchemaSet {
  /** Ascending. */
  readonly layers: readonly number[]
  /**
   * The schema for a client of that layer: the newest one not above it, otherwise the oldest. Null means the newest.
   */
  layer(layer: number | null): LayerSchema
  /** The names of the methods of all layers. */
  readonly methods: ReadonlySet<string>
  /**
   * Decodes one boxed object of any layer that fills the buffer.
   *
   * @throws TlDecodeError, and no other error
   */
  decode(buffer: Buffer, inflate?: Inflate): TlObject
  /** Like {@link decode}, for an object followed by other bytes. */
  decodePrefix(buffer: Buffer): { readonly value: TlObject; readonly length: number }
}

/** Combines layers. `service` is the part of the schema that all layers share. */
export function createSchemaSet(
  service: readonly Definition[],
  apis: ReadonlyMap<number, readonly Definition[]>,
): SchemaSet {
  const methods = new Set<string>()
  for (const definition of [...service, ...[...apis.values()].flat()]) {
    if (definition.isFunction) methods.add(definition.name)
  }
  const newestFirst = [...apis].toSorted(([a], [b]) => b - a)
  const decoder = new TlDecoder([...service, ...newestFirst.flatMap(([, api]) => api)])
  const schemas = newestFirst.map(([layer, api], index) => {
    const definitions = [...api, ...service]
    return createLayer(layer, definitions, index === 0 ? null : new Downgrade(definitions))
  })
  const [newest] = schemas
  const oldest = schemas.at(-1)
  if (newest === undefined || oldest === undefined) throw new RangeError('a schema needs a layer')
  return {
    layers: schemas.map((schema) => schema.layer).toReversed(),
    layer: (layer) =>
      layer === null ? newest : (schemas.find((schema) => schema.layer <= layer) ?? oldest),
    methods,
    decode: (buffer, inflate = refuseCompression) => {
      const { value, length } = decoder.decodePrefix(buffer, inflate)
      if (length < buffer.length) throw new TlDecodeError('trailing_bytes', `after ${value._}`)
      return value
    },
    decodePrefix: (buffer) => decoder.decodePrefix(buffer, refuseCompression),
  }
}

function createLayer(
  layer: number,
  definitions: readonly Definition[],
  older: Downgrade | null,
): LayerSchema {
  // An unrepresentable object is passed on unchanged: the encoder throws the precise error.
  const say = (object: TlObject): TlObject => older?.object(object) ?? object
  const encoder = new TlEncoder(layer, definitions, say)
  const writer = new TlWriter()
  return {
    layer,
    has: (name) => encoder.has(name),
    encode: (object) => {
      writer.clear()
      encoder.writeObject(writer, say(object))
      return writer.take()
    },
    encodeResult: (method, value) => {
      writer.clear()
      encoder.writeResult(writer, method, older?.result(method, value) ?? value)
      return writer.takeLazily()
    },
  }
}

function refuseCompression(): never {
  throw new TlDecodeError('bad_compression', 'nothing compressed is allowed here')
}
