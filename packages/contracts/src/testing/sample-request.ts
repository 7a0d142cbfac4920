import type { Contract } from '../contract.ts'
import { z } from 'zod'

/** Ids of existing objects by parameter name: `session_id`, `source_id`, … */
export type KnownIds = Readonly<Record<string, string | number>>

export interface SampleRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** True when the request contains a known id. */
  readonly namesObject: boolean
}

/** The parts of a JSON schema from zod that `sampleValue` reads. */
const Node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.tuple([z.string()], z.string())]).optional(),
    format: z.string().optional(),
    example: z.unknown().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(Node).optional(),
    properties: z.record(z.string(), Node).optional(),
    items: Node.optional(),
    minimum: z.number().optional(),
  }),
)
interface Node {
  readonly type?: string | readonly [string, ...string[]] | undefined
  readonly format?: string | undefined
  readonly example?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly anyOf?: readonly Node[] | undefined
  readonly properties?: Readonly<Record<string, Node>> | undefined
  readonly items?: Node | undefined
  readonly minimum?: number | undefined
}

const STRINGS: Readonly<Record<string, string>> = {
  uuid: '01a1fbe7-a574-7738-94f6-51a6327e5ec3',
  'date-time': '2100-01-01T00:00:00Z',
  uri: 'https://example.com/',
}

/**
 * Builds a valid request for a contract from its examples. Parameters and fields whose name is in `ids` get that id. Throws
 * when a path parameter is not in `ids`.
 */
export function sampleRequest({ method, url, schema }: Contract, ids: KnownIds): SampleRequest {
  const path = url.replaceAll(/:(\w+)/g, (_, name: string) => {
    const id = ids[name]
    if (id === undefined) throw new Error(`${method} ${url}: no known id for the parameter ${name}`)
    return String(id)
  })
  const query = new URLSearchParams()
  for (const name of Object.keys(schema.querystring?.shape ?? {}))
    if (name in ids) query.set(name, String(ids[name]))
  const node =
    schema.body && Node.parse(z.toJSONSchema(schema.body, { io: 'input', unrepresentable: 'any' }))
  const body = node && sampleValue(node, '', ids)
  const inBody = Object.keys(node?.properties ?? {}).some((name) => name in ids)
  return {
    method,
    path: query.size > 0 ? `${path}?${query.toString()}` : path,
    body,
    namesObject: url.includes(':') || query.size > 0 || inBody,
  }
}

function sampleValue(node: Node, name: string, ids: KnownIds): unknown {
  if (name in ids) return ids[name]
  if (node.example !== undefined) return node.example
  if (node.const !== undefined) return node.const
  if (node.enum !== undefined) return node.enum[0]
  if (node.anyOf?.[0] !== undefined) return sampleValue(node.anyOf[0], name, ids)
  if (node.properties !== undefined)
    return Object.fromEntries(
      Object.entries(node.properties).map(([key, property]) => [
        key,
        sampleValue(property, key, ids),
      ]),
    )
  if (node.items !== undefined) return [sampleValue(node.items, name, ids)]
  const type = typeof node.type === 'object' ? node.type[0] : node.type
  if (type === 'integer' || type === 'number') return Math.max(node.minimum ?? 1, 1)
  if (type === 'boolean') return true
  return STRINGS[node.format ?? ''] ?? 'sample'
}
