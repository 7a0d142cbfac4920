import { z } from 'zod'
import type { World } from '../world/world.ts'
import type { ControlRequest } from './http-server.ts'
import { parseBody } from './parse.ts'

const MAX_SECONDS = 365 * 86_400

const life = z.strictObject({ life_seconds: z.int().min(1).max(MAX_SECONDS) })

/** `PATCH /file-references`: sets the lifetime of file references. */
export async function setReferenceLife(
  { fileReferences }: World,
  request: ControlRequest,
): Promise<{ life_seconds: number }> {
  const input = await parseBody(request, life)
  fileReferences.lifeSeconds = input.life_seconds
  return input
}
