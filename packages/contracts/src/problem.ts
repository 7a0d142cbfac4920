import { z } from 'zod'

/**
 * Every problem code with its HTTP status and its meaning. Programs match the code; `detail` is a sentence for users and
 * may change. The first code of each status is the general one.
 */
const PROBLEMS = {
  bad_request: [400, 'The request cannot be read'],
  invalid_input: [400, 'A field is missing, unknown or invalid; `errors` names it'],
  account_banned: [400, 'Telegram has banned the account or its phone number'],
  api_credentials_rejected: [400, 'Telegram rejects the given `api_id` and `api_hash`'],
  app_confirmation_needed: [
    400,
    'Telegram allows only its own apps to confirm this login; use a login by QR code',
  ],
  bot_not_administrator: [400, 'The bot is not an administrator of the channel'],
  bot_refused: [400, 'Telegram rejects the bot token'],
  channel_not_found: [400, 'The channel does not exist, or the account is not a member of it'],
  code_invalid: [400, 'The login code is wrong'],
  code_not_resendable: [
    400,
    'The login does not wait for a code, or Telegram has no other delivery type for it',
  ],
  code_required: [400, 'The login code is missing'],
  login_incomplete: [400, 'The login is not verified yet, or its QR code is not scanned yet'],
  login_not_by_qr: [400, 'The login was not started by QR code'],
  login_rejected: [400, 'Telegram rejects the imported login, or it is the login of a bot'],
  login_unreadable: [400, 'The session string or file has an unknown format'],
  no_telegram_account: [400, 'The phone number has no Telegram account'],
  password_invalid: [400, 'The two-step password is wrong'],
  phone_number_invalid: [400, 'The phone number is not valid'],
  session_required: [400, 'A private channel needs a session, and none is given'],
  source_keeps_channel: [400, 'The source has stored messages of another channel'],
  target_not_configured: [400, 'The target is not configured in this installation'],
  unauthorized: [401, 'No valid API key'],
  forbidden: [403, 'The request comes from another site or uses another host name'],
  scope_missing: [403, 'The key lacks a scope'],
  not_found: [404, 'There is nothing at this address'],
  file_not_found: [404, 'No such file'],
  file_removed: [404, 'The file is missing on its target'],
  key_not_found: [404, 'No such API key'],
  message_not_found: [404, 'No such message'],
  run_not_found: [404, 'No such run'],
  session_not_found: [404, 'No such session'],
  source_not_found: [404, 'No such source'],
  temp_session_not_found: [404, 'No such login: unknown, completed, or expired after five minutes'],
  tenant_not_found: [404, 'No such tenant'],
  verification_not_found: [404, 'The files of the source were never verified'],
  request_timeout: [408, 'The request took too long to arrive'],
  account_has_session: [409, 'The account has an active session'],
  file_not_stored: [409, 'The file is not stored'],
  login_already_stored: [409, 'Another session has this login'],
  run_cancelling: [409, 'The run is being cancelled; try again'],
  run_finished: [409, 'The run has finished'],
  run_under_way: [409, 'The source has an unfinished run'],
  session_in_use: [409, 'Sources use the session; `force=true` detaches them'],
  session_name_taken: [409, 'Another session has this name'],
  session_not_active: [409, 'The session is paused, or its account must log in again'],
  source_changed: [409, 'Another request changed the source at the same time; try again'],
  source_deleted: [409, 'The source of the run is deleted'],
  source_without_session: [
    409,
    'The channel is private, and the session of its source was deleted',
  ],
  verification_just_started: [409, 'Another request started a verification; try again'],
  payload_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The media type of the body is not supported'],
  range_not_satisfiable: [
    416,
    'The range begins after the end of the file; `Content-Range` has its size',
  ],
  rate_limited: [429, 'Too many logins; wait for `Retry-After`'],
  flood_wait: [429, 'Telegram asks to wait for `Retry-After`'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'An unexpected error of the server'],
  upstream_failed: [502, 'Telegram refused the call'],
  application_refused: [502, 'Telegram rejects the configured `api_id` and `api_hash`'],
  unavailable: [503, 'A server does not answer or is busy; try again'],
  login_busy: [503, 'The login may still be connected; try again after `Retry-After`'],
  session_unavailable: [503, 'No process can use the session at present; try again'],
  target_unavailable: [503, 'The target cannot be reached'],
  telegram_unavailable: [503, 'Telegram does not answer; try again'],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>

export type ProblemCode = keyof typeof PROBLEMS
type StatusOf<Code extends ProblemCode> = (typeof PROBLEMS)[Code][0]

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/** Codes that every operation can return, in addition to those of its contract. */
export const GENERAL_CODES = [
  'bad_request',
  'invalid_input',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'headers_too_large',
  'internal',
  'unavailable',
] as const satisfies readonly ProblemCode[]

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0]
}

/** A Markdown list of codes and their meanings. */
export function describeCodes(codes: readonly ProblemCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${PROBLEMS[code][1]}`).join('\n')
}

/** The body of every response with a status of 400 or above (RFC 9457, `application/problem+json`). */
export const Problem = z
  .object({
    type: z.string().describe('URI of the problem type'),
    title: z.string().describe('Name of the HTTP status'),
    status: z.int().describe('HTTP status'),
    detail: z.string().describe('Explanation for users; its text may change'),
    code: z
      .enum(PROBLEM_CODES)
      .describe(`Problem code for programs:\n\n${describeCodes(PROBLEM_CODES)}`),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('Input fields that were refused'),
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

/** Error responses of a contract by HTTP status, for the given problem codes. Each description lists its codes. */
export function problems<const Code extends ProblemCode>(
  ...codes: readonly Code[]
): { readonly [C in Code as StatusOf<C>]: typeof Problem } {
  const byStatus = Object.entries(Object.groupBy(codes, statusOf)).map(
    ([status, ofStatus = []]) => [status, Problem.describe(describeCodes(ofStatus))],
  )
  return Object.fromEntries(byStatus) as { readonly [C in Code as StatusOf<C>]: typeof Problem }
}
