import { z } from 'zod'
import { contract } from './contract.ts'
import { problems } from './problem.ts'
import { Session, SessionName, withSessionName } from './session.ts'
import { Instant, message } from './values.ts'

const tags = ['sessions'] as const

/**
 * Any string, like TempSessionId: the handler refuses invalid values, with the error sentence of the API documents
 * instead of zod's.
 */
export const PhoneNumber = z.string().meta({
  description: 'International format; spaces, dashes and brackets are ignored',
  example: '+9996621001',
})

const TEMP_SESSION_ID = '019a346e-5a00-7c11-8000-5d2f4f0e7a10'

const TempSessionId = z.string().meta({
  description: 'From the response that started the login',
  format: 'uuid',
  example: TEMP_SESSION_ID,
})

/** Problem codes of every call of Telegram that needs no session. */
export const TELEGRAM_PROBLEMS = [
  'flood_wait',
  'upstream_failed',
  'application_refused',
  'telegram_unavailable',
] as const

/** Response to a request that made Telegram send a code. */
const CodeSent = z
  .object({
    message: z.string(),
    temp_session_id: z.uuid(),
    phone_code_hash: z.string().describe('Stored on the server; clients do not need it'),
    delivery: z
      .string()
      .describe('How Telegram sent the code: `app`, `sms`, `call`, `fragment_sms`, …'),
    next_delivery: z
      .string()
      .nullable()
      .describe('How resend-otp would send it; null: it cannot be sent again'),
    resend_after_seconds: z.int().nullable(),
  })
  .meta({
    example: {
      message: 'OTP sent to +1234567890',
      temp_session_id: TEMP_SESSION_ID,
      phone_code_hash: '5f3c9a1be07d2846f1',
      delivery: 'app',
      next_delivery: 'sms',
      resend_after_seconds: 120,
    },
  })

/** State of a login by QR code. */
const QrLogin = z
  .object({
    temp_session_id: z.uuid(),
    status: z
      .enum(['waiting', 'password_needed', 'ready'])
      .describe(
        '`password_needed`: send the two-step password with verify-otp. `ready`: call finalize',
      ),
    url: z
      .string()
      .nullable()
      .describe('`tg://login?token=…`; show it as a QR code while the status is `waiting`'),
    expires_at: Instant.nullable().describe(
      'Expiry of the QR code; get the status by then for a new one',
    ),
  })
  .meta({
    example: {
      temp_session_id: TEMP_SESSION_ID,
      status: 'waiting',
      url: 'tg://login?token=AQIDBAUGBwgJCgsMDQ4PEA',
      expires_at: '2025-10-30T10:00:30.000Z',
    },
  })

export const sessionLoginsApi = {
  sendOtp: contract({
    method: 'POST',
    url: '/sessions/send-otp',
    scope: 'sessions:write',
    schema: {
      operationId: 'sendOtp',
      summary: 'Start a login: Telegram sends a code to the phone',
      description: 'The login expires after five minutes. Send the code with verify-otp.',
      tags,
      body: withSessionName(
        z.strictObject({ phone_number: PhoneNumber, session_name: SessionName }),
      ),
      response: {
        200: CodeSent,
        ...problems(
          'account_banned',
          'app_confirmation_needed',
          'phone_number_invalid',
          'session_name_taken',
          'rate_limited',
          ...TELEGRAM_PROBLEMS,
        ),
      },
    },
  }),
  resendOtp: contract({
    method: 'POST',
    url: '/sessions/resend-otp',
    scope: 'sessions:write',
    schema: {
      operationId: 'resendOtp',
      summary: 'Send the code again by the next delivery type of Telegram',
      description: 'The previous code becomes invalid.',
      tags,
      body: z.strictObject({ temp_session_id: TempSessionId }),
      response: {
        200: CodeSent,
        ...problems(
          'account_banned',
          'app_confirmation_needed',
          'code_not_resendable',
          'temp_session_not_found',
          'rate_limited',
          ...TELEGRAM_PROBLEMS,
        ),
      },
    },
  }),
  verifyOtp: contract({
    method: 'POST',
    url: '/sessions/verify-otp',
    scope: 'sessions:write',
    schema: {
      operationId: 'verifyOtp',
      summary: 'Verify the code, and the two-step password if the account has one',
      tags,
      body: z.strictObject({
        temp_session_id: TempSessionId,
        code: z
          .string()
          .trim()
          .min(1)
          .max(64)
          .nullish()
          .meta({ example: '22222', description: 'Required, unless the login is by QR code' }),
        password: z
          .string()
          .max(1024)
          .nullish()
          .meta({ example: 'my_2fa_password', description: 'Empty means no password' }),
      }),
      response: {
        200: z.object({ message: z.string(), requires_password: z.boolean() }).meta({
          example: {
            message: 'Authentication successful. Ready to finalize.',
            requires_password: false,
          },
        }),
        ...problems(
          'account_banned',
          'code_invalid',
          'code_required',
          'login_incomplete',
          'no_telegram_account',
          'password_invalid',
          'temp_session_not_found',
          ...TELEGRAM_PROBLEMS,
        ),
      },
    },
  }),
  finalize: contract({
    method: 'POST',
    url: '/sessions/finalize',
    scope: 'sessions:write',
    schema: {
      operationId: 'finalizeSession',
      summary: 'Save the logged-in account as a session',
      description: 'If the account already has a session, it keeps its id and gets the new login.',
      tags,
      body: z.strictObject({ temp_session_id: TempSessionId }),
      response: {
        200: Session,
        ...problems(
          'login_incomplete',
          'temp_session_not_found',
          'login_already_stored',
          'session_name_taken',
          'upstream_failed',
          'session_unavailable',
        ),
      },
    },
  }),
  cancel: contract({
    method: 'POST',
    url: '/sessions/cancel',
    scope: 'sessions:write',
    schema: {
      operationId: 'cancelLogin',
      summary: 'Cancel a login and undo it at Telegram',
      tags,
      body: z.strictObject({ temp_session_id: TempSessionId }),
      response: {
        200: message('Login cancelled'),
        ...problems('temp_session_not_found', ...TELEGRAM_PROBLEMS),
      },
    },
  }),
  startQr: contract({
    method: 'POST',
    url: '/sessions/qr',
    scope: 'sessions:write',
    schema: {
      operationId: 'startQrLogin',
      summary: 'Start a login by QR code',
      description:
        'Show `url` as a QR code. The user scans it in a Telegram app under Settings → Devices. Poll the status until it is no longer `waiting`. The login expires after five minutes.',
      tags,
      body: withSessionName(z.strictObject({ session_name: SessionName })),
      response: {
        200: QrLogin,
        ...problems('session_name_taken', 'rate_limited', ...TELEGRAM_PROBLEMS),
      },
    },
  }),
  qrStatus: contract({
    method: 'GET',
    url: '/sessions/qr/:temp_session_id/status',
    scope: 'sessions:write',
    schema: {
      operationId: 'getQrLogin',
      summary: 'Get the status of a QR login, and a new QR code if the old one has expired',
      tags,
      params: z.object({ temp_session_id: TempSessionId }),
      response: {
        200: QrLogin,
        ...problems(
          'account_banned',
          'login_not_by_qr',
          'temp_session_not_found',
          ...TELEGRAM_PROBLEMS,
        ),
      },
    },
  }),
}
