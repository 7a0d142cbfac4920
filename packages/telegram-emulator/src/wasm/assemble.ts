/**
 * As much of an assembler as the inner loops here need: a module with one memory and functions of one i32 parameter
 * (https://webassembly.github.io/spec/core/binary/). Each function is a loop over the offsets from 0 to below its
 * parameter, 16 bytes a turn.
 */

/** What TypeScript's types of Node leave out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> }
}

/** Bytes of instructions. */
export type Code = readonly number[]

export interface Assembled<Name extends string> {
  readonly memory: Buffer
  readonly functions: Readonly<Record<Name, (bytes: number) => void>>
}

const MAGIC_AND_VERSION: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** Ids of the sections that there are here, in their order. */
const SECTIONS = { types: 1, functions: 3, memory: 5, exports: 7, code: 10 } as const
const PAGE_BYTES = 65_536
const I32 = 0x7f
const ALIGNMENT_16 = 4
const [BYTES, OFFSET] = [0, 1]

/** The loop's offset, onto the stack. */
export const offset: Code = [0x20, OFFSET]

/** `v128.load` of 16 bytes at the offset on the stack, plus `base`. */
export function load(base: number): Code {
  return [0xfd, 0x00, ALIGNMENT_16, ...leb128(base)]
}

/** `v128.store` of the vector on the stack at the offset below it, plus `base`. */
export function store(base: number): Code {
  return [0xfd, 0x0b, ALIGNMENT_16, ...leb128(base)]
}

/** `v128.xor` of the two vectors on the stack. */
export const xor: Code = [0xfd, 0x51]

/** Compiles a module whose functions run these loop bodies. `bytes` must be a multiple of 16, and not 0. */
export function assemble<Name extends string>(
  memoryBytes: number,
  bodies: Readonly<Record<Name, Code>>,
): Assembled<Name> {
  const names = Object.keys(bodies) as Name[]
  const pages = Math.ceil(memoryBytes / PAGE_BYTES)
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...MAGIC_AND_VERSION,
      ...section(SECTIONS.types, [[0x60, ...vector([[I32]]), ...vector([])]]),
      ...section(
        SECTIONS.functions,
        names.map(() => [0]),
      ),
      ...section(SECTIONS.memory, [[0x00, ...leb128(pages)]]),
      ...section(SECTIONS.exports, [
        [...text('memory'), 0x02, 0],
        ...names.map((name, index) => [...text(name), 0x00, ...leb128(index)]),
      ]),
      ...section(
        SECTIONS.code,
        names.map((name) => functionOf(bodies[name])),
      ),
    ]),
  )
  const { memory, ...functions } = new WebAssembly.Instance(module).exports
  const { buffer } = memory as { readonly buffer: ArrayBuffer }
  return {
    memory: Buffer.from(buffer),
    functions: functions as Assembled<Name>['functions'],
  }
}

/** One local i32 counts from 0 in steps of 16, and the loop goes on while it is below the parameter. */
function functionOf(body: Code): Code {
  const step = [...offset, 0x41, 16, 0x6a, 0x22, OFFSET]
  const again = [0x20, BYTES, 0x49, 0x0d, 0x00]
  const code = [1, 1, I32, 0x03, 0x40, ...body, ...step, ...again, 0x0b, 0x0b]
  return [...leb128(code.length), ...code]
}

function section(id: number, entries: readonly Code[]): Code {
  const content = vector(entries)
  return [id, ...leb128(content.length), ...content]
}

function vector(entries: readonly Code[]): Code {
  return [...leb128(entries.length), ...entries.flat()]
}

function text(name: string): Code {
  return vector([...Buffer.from(name)].map((byte) => [byte]))
}

/** Numbers are seven bits to a byte, lowest first. */
function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)]
}
