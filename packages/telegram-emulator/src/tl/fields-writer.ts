import type { TlObject, TlValue } from './object.ts'
import type { Field } from './parse.ts'
import type { TlWriter } from './writer.ts'

export type Write = (writer: TlWriter, value: TlValue) => void
export type WriteFields = (writer: TlWriter, object: TlObject) => void

/**
 * Generates a function that writes an object's fields in the order of the schema, each with the writer of the same
 * index. The function is generated as source code, as in protobuf libraries: each field access gets a code location of
 * its own, with an inline cache for the few shapes of its objects. In a generic loop over fields the caches would be
 * megamorphic. The writers of `int` and vectors are inlined.
 */
export function fieldsWriter(fields: readonly Field[], writes: readonly Write[]): WriteFields {
  const lines = fields.flatMap((field, index) => lineOf(fields, field, index))
  const reads = fields.flatMap(({ name, type }, index) =>
    type.kind === 'flags' ? [] : [`const v${index} = object.${name}`],
  )
  const calls = writes.map((_, index) => `w${index}`)
  const source = `const [${calls.join(', ')}] = writes
return (writer, object) => {
${[...reads, ...lines].join('\n')}
}`
  // oxlint-disable-next-line typescript/no-implied-eval -- made of the schema's field names, which are single words
  const make = new Function('writes', source) as (writes: readonly Write[]) => WriteFields
  return make(writes)
}

function lineOf(fields: readonly Field[], field: Field, index: number): string[] {
  const { name, type, condition } = field
  if (type.kind === 'flags') return [`writer.int32(${flagsOf(fields, name)})`]
  if (type.kind === 'true') return []
  const write = `w${index}(writer, v${index})`
  if (condition === null) return [write]
  // Fields may share a flag bit: it is set if any of them is present.
  const sharing = fields.flatMap((other, at) =>
    other.condition?.flags === condition.flags && other.condition.bit === condition.bit
      ? [presence(other, at)]
      : [],
  )
  return [`if (${sharing.join(' || ')}) ${write}`]
}

function flagsOf(fields: readonly Field[], flags: string): string {
  const bits = fields.flatMap((field, index) =>
    field.condition?.flags === flags
      ? [`(${presence(field, index)} ? ${1 << field.condition.bit} : 0)`]
      : [],
  )
  return bits.length === 0 ? '0' : bits.join(' | ')
}

function presence({ type }: Field, index: number): string {
  return type.kind === 'true'
    ? `v${index} !== undefined && v${index} !== false`
    : `v${index} !== undefined`
}
