import { z } from 'zod'

/**
 * Every problem code and its HTTP status. A program branches on the code: the sentence in `detail` may change. The first
 * code of a status is its general one.
 */
export const PROBLEM_STATUS = {
  bad_request: 400,
  invalid_input: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  request_timeout: 408,
  conflict: 409,
  account_has_session: 409,
  file_not_stored: 409,
  login_already_stored: 409,
  run_cancelling: 409,
  run_finished: 409,
  run_under_way: 409,
  session_in_use: 409,
  session_name_taken: 409,
  session_not_active: 409,
  session_required: 409,
  source_changed: 409,
  source_deleted: 409,
  verification_just_started: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  unprocessable: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  upstream_failed: 502,
  unavailable: 503,
  session_unavailable: 503,
} as const

export type ProblemCode = keyof typeof PROBLEM_STATUS

export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]]

/** The body of every answer with a status of 400 or above (RFC 9457, `application/problem+json`). */
export const Problem = z
  .object({
    type: z.string().describe('A URI that names the kind of problem'),
    title: z.string().describe('The kind of problem in a few words'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('A sentence for people'),
    code: z
      .enum(PROBLEM_CODES)
      .describe('The kind of problem for programs. Several codes have one status'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('The fields that were not accepted'),
  })
  .meta({
    id: 'Problem',
    example: {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'limit: Too small: expected number to be >=1',
      code: 'invalid_input',
      errors: [{ field: 'limit', message: 'Too small: expected number to be >=1' }],
    },
  })
export type Problem = z.infer<typeof Problem>
