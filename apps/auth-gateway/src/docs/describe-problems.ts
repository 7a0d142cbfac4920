import { PROBLEM_MEDIA_TYPE } from '@telegather/service'
import { z } from 'zod'

/** The part of an OpenAPI document that is touched here; the rest passes through. */
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        responses: z.record(z.string(), z.looseObject({ content: z.unknown().optional() })),
      }),
    ),
  ),
})

const PROBLEM = { $ref: '#/components/schemas/Problem' }

const ANY_PROBLEM = {
  description: 'Any other refusal: input that is not understood, a limit, or a fault of ours',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: PROBLEM } },
}

/** Says of every operation what is true of all: errors are problem documents, those not listed too. */
export function describeProblems<T extends object>(document: T): T {
  const { paths } = Document.parse(document)
  for (const operations of Object.values(paths))
    for (const operation of Object.values(operations)) {
      for (const [status, response] of Object.entries(operation.responses))
        if (Number(status) >= 400) response.content = { [PROBLEM_MEDIA_TYPE]: { schema: PROBLEM } }
      operation.responses['default'] = ANY_PROBLEM
    }
  return { ...document, paths }
}
