import { describeCodes, GENERAL_CODES } from '@telegather/contracts'
import { PROBLEM_MEDIA_TYPE } from '@telegather/service'
import { z } from 'zod'

/** The parts of an OpenAPI document that this file changes. All others are kept. */
const Content = z.record(
  z.string(),
  z.looseObject({ schema: z.looseObject({ example: z.unknown().optional() }) }),
)
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        responses: z.record(z.string(), z.looseObject({ content: Content.optional() })),
      }),
    ),
  ),
})

const PROBLEM = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } }

const ANY_PROBLEM = {
  description: `A problem of any operation:\n\n${describeCodes(GENERAL_CODES)}`,
  content: PROBLEM,
}

/**
 * Declares for every operation that its errors, listed or not, are problem documents. A response with several media types
 * and an example for each gets the example of each media type.
 */
export function describeAnswers<T extends object>(document: T): T {
  const { paths } = Document.parse(document)
  for (const operations of Object.values(paths))
    for (const operation of Object.values(operations)) {
      for (const [status, response] of Object.entries(operation.responses))
        if (Number(status) >= 400) response.content = PROBLEM
        else response.content &&= withOwnExamples(response.content)
      operation.responses['default'] = ANY_PROBLEM
    }
  return { ...document, paths }
}

function withOwnExamples(content: z.infer<typeof Content>): z.infer<typeof Content> {
  const described = Object.entries(content).map(([type, { schema }]) => {
    const examples = z.record(z.string(), z.unknown()).safeParse(schema.example).data
    return [
      type,
      { schema: examples && type in examples ? { ...schema, example: examples[type] } : schema },
    ]
  })
  return Object.fromEntries(described) as z.infer<typeof Content>
}
