import type { LazyBytes } from '../memory/lazy-bytes.ts'

/**
 * A decoded TL object: the constructor name under `_`, and its fields under the schema's snake_case names.
 *
 * `int` and `double` are numbers, `long` is a bigint, `int128`, `int256` and `bytes` are Buffers, `string` is a string,
 * `Bool` and `flags.N?true` are booleans, vectors are arrays. An absent optional field is absent or undefined. For
 * encoding, `bytes` may be LazyBytes.
 */
export interface TlObject {
  _: string
  [field: string]: TlValue
}

export type TlValue =
  | TlObject
  | readonly TlValue[]
  | Buffer
  | LazyBytes
  | string
  | number
  | bigint
  | boolean
  | undefined
