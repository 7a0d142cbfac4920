import type { Contract } from '@telegather/contracts'
import fc from 'fast-check'
import { z } from 'zod'

export interface Input {
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** Texts with a special meaning in paths, queries, encodings or protocols. */
const TELLING_TEXTS = [
  '../x',
  '..',
  'a/../../b',
  '%2e%2e%2f',
  '%',
  '%00',
  '..\\x',
  '//host/x',
  'https://host/x',
  'a&b=c',
  'a+b c',
  '#a',
  '?x=1',
  'a;b',
  '[a]',
  'é ё 漢 👍🏽',
  '"\'<>`{}|^',
]

/** The parts of zod's JSON schemas that the generator reads. */
const Node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    const: z.json().optional(),
    enum: z.array(z.json()).optional(),
    anyOf: z.array(Node).optional(),
    properties: z.record(z.string(), Node).optional(),
    required: z.array(z.string()).optional(),
    items: Node.optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
  }),
)
interface Node {
  readonly type?: string | readonly string[] | undefined
  readonly format?: string | undefined
  readonly pattern?: string | undefined
  readonly const?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly anyOf?: readonly Node[] | undefined
  readonly properties?: Readonly<Record<string, Node>> | undefined
  readonly required?: readonly string[] | undefined
  readonly items?: Node | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
}

/** Arbitrary inputs that the contract accepts, in the form that a client sends. */
export function inputOf({ schema }: Contract): fc.Arbitrary<Input> {
  return fc.record({
    params: schema.params ? accepted(schema.params) : fc.constant({}),
    query: schema.querystring ? accepted(schema.querystring) : fc.constant({}),
    body: schema.body ? accepted(schema.body) : fc.constant(undefined),
  }) as fc.Arbitrary<Input>
}

function accepted(schema: z.ZodType): fc.Arbitrary<unknown> {
  const node = Node.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  return valueOf(node).filter((value) => schema.safeParse(value).success)
}

function valueOf(node: Node): fc.Arbitrary<unknown> {
  if (node.const !== undefined) return fc.constant(node.const)
  if (node.enum !== undefined) return fc.constantFrom(...node.enum)
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(valueOf))
  if (typeof node.type === 'object')
    return fc.oneof(...node.type.map((type) => valueOf({ ...node, type })))
  if (node.type === 'null') return fc.constant(null)
  if (node.properties !== undefined) {
    const fields = Object.entries(node.properties).map(([name, field]) => [name, valueOf(field)])
    return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [...(node.required ?? [])],
      noNullPrototype: true,
    })
  }
  if (node.items !== undefined) return fc.array(valueOf(node.items), { maxLength: 3 })
  if (node.type === 'boolean') return fc.boolean()
  if (node.type === 'integer' || node.type === 'number')
    return fc.integer({ min: node.minimum ?? 0, max: Math.min(node.maximum ?? 1e6, 1e6) })
  return textOf(node)
}

function textOf({ format, pattern, minLength = 0, maxLength = 200 }: Node): fc.Arbitrary<unknown> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time')
    return fc
      .date({ min: new Date('0002-01-01'), max: new Date('9998-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString())
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'))
  const fits = (text: string) =>
    text.length >= minLength && text.length <= maxLength && !text.includes('\0')
  return fc.oneof(
    fc.constantFrom(...TELLING_TEXTS.filter(fits)),
    fc.string({ unit: 'binary', maxLength: Math.min(maxLength, 100) }).filter(fits),
    fc.constantFrom('true', 'false', '1', '50'),
  )
}
