import { z } from 'zod'

/**
 * Every problem code with its HTTP status and its meaning. Programs match the code; `detail` is a sentence for people
 * and may change. The first code of a status is the general one.
 */
const PROBLEMS = {
  bad_request: [400, 'The request cannot be read'],
  invalid_input: [400, 'A field is missing, unknown or not accepted; `errors` names it'],
  account_banned: [400, 'Telegram has banned the account or its phone number'],
  api_credentials_rejected: [400, 'Telegram does not accept the given `api_id` with `api_hash`'],
  app_confirmation_needed: [
    400,
    'Telegram lets only its own apps confirm this login; a login by QR code works',
  ],
  bot_not_administrator: [400, 'The bot is not an administrator of the channel'],
  bot_refused: [400, 'Telegram does not accept the bot token'],
  channel_not_found: [400, 'Telegram knows no such channel, or the account is not a member of it'],
  code_invalid: [400, 'The login code is wrong'],
  code_not_resendable: [
    400,
    'The login waits for no code, or Telegram has no other way to send one',
  ],
  code_required: [400, 'The login code is missing'],
  login_incomplete: [400, 'The login is not verified, or its QR code is not scanned, yet'],
  login_not_by_qr: [400, 'The login was not started by QR code'],
  login_rejected: [400, 'The imported login does not work at Telegram, or is that of a bot'],
  login_unreadable: [400, 'The session string or file is not a login'],
  no_telegram_account: [400, 'The phone number has no Telegram account'],
  password_invalid: [400, 'The two-step password is wrong'],
  phone_number_invalid: [400, 'The phone number is not valid'],
  session_required: [400, 'A private channel is read through a session, and none is named'],
  source_keeps_channel: [400, 'The source has stored messages of another channel'],
  target_not_configured: [400, 'This installation has no such target'],
  unauthorized: [401, 'No valid API key'],
  forbidden: [403, 'Another site or host name asks'],
  scope_missing: [403, 'The key lacks a scope'],
  not_found: [404, 'There is nothing at this address'],
  file_not_found: [404, 'No such file'],
  file_removed: [404, 'The target does not have the file any more'],
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
  file_not_stored: [409, 'The file is not stored, or not yet'],
  login_already_stored: [409, 'A session has this login'],
  run_cancelling: [409, 'The run is being cancelled; try again'],
  run_finished: [409, 'The run has finished'],
  run_under_way: [409, 'A run of the source has not finished'],
  session_in_use: [409, 'Sources use the session; `force=true` detaches them'],
  session_name_taken: [409, 'Another session has this name'],
  session_not_active: [409, 'The session is paused, or its account must log in again'],
  source_changed: [409, 'Another request changed the source at the same time; try again'],
  source_deleted: [409, 'The source of the run is deleted'],
  source_without_session: [409, 'The channel is private, and the session of its source is deleted'],
  verification_just_started: [409, 'Another request started a verification; try again'],
  payload_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The media type of the body is not accepted'],
  range_not_satisfiable: [416, 'The range begins after the end; `Content-Range` has the size'],
  rate_limited: [429, 'Too many logins; wait for `Retry-After`'],
  flood_wait: [429, 'Telegram asks to wait for `Retry-After`'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'A fault of the server'],
  upstream_failed: [502, 'Telegram refused the call'],
  application_refused: [502, 'Telegram does not accept the configured `api_id` and `api_hash`'],
  unavailable: [503, 'A server does not answer or is busy; try again'],
  login_busy: [503, 'The login was in use a moment ago; try again after `Retry-After`'],
  session_unavailable: [503, 'No process can use the session now; try again'],
  target_unavailable: [503, 'The target cannot be reached'],
  telegram_unavailable: [503, 'Telegram does not answer; try again'],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>

export type ProblemCode = keyof typeof PROBLEMS
type StatusOf<Code extends ProblemCode> = (typeof PROBLEMS)[Code][0]

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/** Codes of every operation, whatever its contract says. */
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

/** The body of every answer with a status of 400 or above (RFC 9457, `application/problem+json`). */
export const Problem = z
  .object({
    type: z.string().describe('A URI that names the kind of problem'),
    title: z.string().describe('The kind of problem in a few words'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('A sentence for people; it may change'),
    code: z
      .enum(PROBLEM_CODES)
      .describe(`The kind of problem for programs:\n\n${describeCodes(PROBLEM_CODES)}`),
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

/** The responses of a contract for the problems that it may answer, by status; each description lists its codes. */
export function problems<const Code extends ProblemCode>(
  ...codes: readonly Code[]
): { readonly [C in Code as StatusOf<C>]: typeof Problem } {
  const byStatus = Object.entries(Object.groupBy(codes, statusOf)).map(
    ([status, ofStatus = []]) => [status, Problem.describe(describeCodes(ofStatus))],
  )
  return Object.fromEntries(byStatus) as { readonly [C in Code as StatusOf<C>]: typeof Problem }
}
