import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { API_CONTRACTS } from './api.ts'

interface Example {
  readonly at: string
  readonly schema: z.ZodType
  readonly value: unknown
}

/** The properties of zod's schema definitions that `examplesOf` reads. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

/** The examples of a schema and of its nested schemas. */
function* examplesOf(schema: z.ZodType, at: string): Generator<Example> {
  const meta = schema.meta()
  if (meta && 'example' in meta) yield { at, schema, value: meta['example'] }
  const { shape = {}, element, innerType, in: input, options = [] } = schema.def as Definition
  for (const [name, field] of Object.entries(shape)) yield* examplesOf(field, `${at}.${name}`)
  for (const part of [element, innerType, input, ...options]) if (part) yield* examplesOf(part, at)
}

describe.each(API_CONTRACTS.map((contract) => [`${contract.method} ${contract.url}`, contract]))(
  '%s',
  (_, { schema }) => {
    const { params, querystring, body, response } = schema

    test('examples match their schemas', () => {
      const schemas = Object.entries({ params, querystring, body, ...response })
      const examples = schemas.flatMap(([at, part]) => (part ? [...examplesOf(part, at)] : []))
      for (const { at, schema: of, value } of examples) {
        const issues = of.safeParse(value).error?.issues ?? []
        // Int64 accepts only JSON.rawJSON values; examples are plain numbers.
        const wrong = issues.filter(({ code }) => code !== 'custom')
        expect([at, value, wrong]).toEqual([at, value, []])
      }
    })

    test('every path parameter has an example', () => {
      for (const [name, field] of Object.entries(params?.shape ?? {}))
        expect([name, [...examplesOf(field, name)].length]).not.toEqual([name, 0])
    })
  },
)
