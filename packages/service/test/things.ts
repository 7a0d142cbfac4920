import { Problem } from '@telegather/contracts'
import { expect } from 'vitest'
import { z } from 'zod'
import type { App } from '../src/index.ts'

const NewThing = z.strictObject({ name: z.string().min(2), tags: z.array(z.string()).default([]) })

export function thingRoutes(app: App): void {
  app.route({
    method: 'POST',
    url: '/things/',
    schema: { body: NewThing, response: { 200: NewThing, 409: Problem } },
    handler: async (req) => req.body,
  })
  app.route({
    method: 'GET',
    url: '/things/:thing_id',
    schema: { params: z.object({ thing_id: z.coerce.number<string>().int() }) },
    handler: async (req) => req.params,
  })
}

/** Parses a problem body; asserts its media type, its fields and its status. */
export async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  const problem = Problem.strict().parse(await response.json())
  expect(problem.status).toBe(response.status)
  return problem
}
