import { z } from 'zod'
import type { World } from '../world/world.ts'
import type { ControlRequest } from './http-server.ts'
import { parseBody } from './parse.ts'

const MAX_EVENTS = 1_000_000_000

const limits = z.strictObject({
  slice: z.int().min(1).max(MAX_EVENTS).optional(),
  max_age: z.int().min(0).max(MAX_EVENTS).optional(),
})

export type DifferenceLimits = z.input<typeof limits>

/** `PATCH /differences`: sets the limits of differences. */
export async function setDifferenceLimits(
  { differenceLimits }: World,
  request: ControlRequest,
): Promise<{ slice: number; max_age: number }> {
  const input = await parseBody(request, limits)
  differenceLimits.slice = input.slice ?? differenceLimits.slice
  differenceLimits.maxAge = input.max_age ?? differenceLimits.maxAge
  return { slice: differenceLimits.slice, max_age: differenceLimits.maxAge }
}
