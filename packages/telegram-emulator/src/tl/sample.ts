import type { TlObject, TlValue } from './object.ts'
import type { Definition, Field, Scalar, TlType } from './parse.ts'

/** Random values of any schema, for tests. The same seed yields the same values. */
export class Sampler {
  readonly #byName: ReadonlyMap<string, Definition>
  readonly #byType = new Map<string, Definition[]>()
  /** The nesting depth of the shallowest value of each type. */
  readonly #depths = new Map<string, number>()
  #state: number

  constructor(definitions: readonly Definition[], seed: number) {
    this.#state = seed | 0
    this.#byName = new Map(definitions.map((definition) => [definition.name, definition]))
    for (const definition of this.#byName.values()) {
      if (definition.isFunction || definition.result.kind !== 'object') continue
      const { type } = definition.result
      this.#byType.set(type, [...(this.#byType.get(type) ?? []), definition])
    }
    this.#measure()
    for (const [type, definitions] of this.#byType) {
      const sorted = definitions.toSorted((a, b) => this.#depthOf(a) - this.#depthOf(b))
      this.#byType.set(type, sorted)
    }
  }

  /** An object with at most about `depth` levels of optional content. */
  object({ name, fields }: Definition, depth = 3): TlObject {
    const object: TlObject = { _: name }
    const bits = new Map<string, boolean>()
    for (const field of fields) {
      if (field.type.kind === 'flags' || !this.#isPresent(field, depth, bits)) continue
      object[field.name] = this.#value(field.type, depth - 1)
    }
    return object
  }

  /** Fields with a common flag are all present or all absent. */
  #isPresent({ condition, type }: Field, depth: number, bits: Map<string, boolean>): boolean {
    if (condition === null) return true
    const bit = `${condition.flags}.${condition.bit}`
    const isShallow = depth > 0 || type.kind === 'true'
    const isPresent = bits.get(bit) ?? (isShallow && this.#below(2) === 0)
    bits.set(bit, isPresent)
    return isPresent
  }

  #value(type: TlType, depth: number): TlValue {
    if (type.kind === 'scalar') return this.#scalar(type.scalar)
    if (type.kind === 'vector') {
      const length = depth > 0 ? this.#below(4) : 0
      return Array.from({ length }, () => this.#value(type.element, depth))
    }
    if (type.kind === 'object') return this.object(this.#constructorOf(type.type, depth), depth)
    if (type.kind === 'bare') return this.object(this.#named(type.constructor), depth)
    if (type.kind === 'any') return { _: 'help.getConfig' }
    return true
  }

  #constructorOf(type: string, depth: number): Definition {
    const shallowestFirst = this.#byType.get(type) ?? []
    const chosen = shallowestFirst[depth > 0 ? this.#below(shallowestFirst.length) : 0]
    if (chosen === undefined) throw new Error(`no constructor of ${type}`)
    return chosen
  }

  #named(name: string): Definition {
    const definition = this.#byName.get(name)
    if (definition === undefined) throw new Error(`no constructor ${name}`)
    return definition
  }

  #scalar(scalar: Scalar): TlValue {
    const scalars: Record<Scalar, () => TlValue> = {
      int: () => this.#int(),
      // Positive: GramJS inverts negative peer ids.
      long: () => (BigInt(this.#below(0x8000_0000)) << 32n) | BigInt(this.#below(0x8000_0000)),
      double: () => this.#int() / 1024,
      string: () => this.#string(),
      bytes: () => this.#bytes(this.#length()),
      int128: () => this.#bytes(16),
      int256: () => this.#bytes(32),
      Bool: () => this.#below(2) === 0,
    }
    return scalars[scalar]()
  }

  #string(): string {
    const alphabet = ['a', 'Z', ' ', 'ü', 'Ж', '€', '😀', '\n', '\0']
    return Array.from(
      { length: this.#length() },
      () => alphabet[this.#below(alphabet.length)],
    ).join('')
  }

  /** Mostly short, sometimes around the threshold of TL's long strings. */
  #length(): number {
    return this.#below(8) === 0 ? 250 + this.#below(10) : this.#below(6)
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)))
  }

  /** Never zero: GramJS confuses zero with absence. */
  #int(): number {
    return this.#next() | 0 || 1
  }

  #below(limit: number): number {
    return (this.#next() >>> 0) % limit
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return mixed ^ (mixed >>> 14)
  }

  #measure(): void {
    let isSettled = false
    while (!isSettled) {
      isSettled = true
      for (const [type, definitions] of this.#byType) {
        const depth = Math.min(...definitions.map((definition) => this.#depthOf(definition)))
        if (depth < (this.#depths.get(type) ?? Infinity)) {
          this.#depths.set(type, depth)
          isSettled = false
        }
      }
    }
  }

  #depthOf({ fields }: Definition): number {
    const required = fields.filter(({ condition }) => condition === null)
    const depths = required.map(({ type }) =>
      type.kind === 'object' ? (this.#depths.get(type.type) ?? Infinity) : 0,
    )
    return 1 + Math.max(0, ...depths)
  }
}
