import { z } from 'zod'
import { contract } from './contract.ts'
import { problems } from './problem.ts'
import { Session, SessionName, withSessionName } from './session.ts'
import { Instant, message } from './values.ts'

const tags = ['sessions'] as const

/** Of any length, as temp session ids are: what cannot be one is refused with the documents' sentence. */
export const PhoneNumber = z.string().meta({
  description: 'International format; spaces, dashes and brackets are ignored',
  example: '+9996621001',
})

const TEMP_SESSION_ID = '019a346e-5a00-7c11-8000-5d2f4f0e7a10'

const TempSessionId = z.string().meta({
  description: 'From the answer that started the login',
  format: 'uuid',
  example: TEMP_SESSION_ID,
})

/** Problems of every call of Telegram that needs no session. */
export const TELEGRAM_PROBLEMS = [
  'flood_wait',
  'upstream_failed',
  'application_refused',
  'telegram_unavailable',
] as const

/** A code that was sent. */
const CodeSent = z
  .object({
    message: z.string(),
    temp_session_id: z.uuid(),
    phone_code_hash: z.string().describe('Kept on the server; never needed again'),
    delivery: z.string().describe('How the code comes: `app`, `sms`, `call`, `fragment_sms`, …'),
    next_delivery: z
      .string()
      .nullable()
      .describe('How resend-otp would send it; null: in no other way'),
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

/** What a QR login says while it waits. */
const QrLogin = z
  .object({
    temp_session_id: z.uuid(),
    status: z
      .enum(['waiting', 'password_needed', 'ready'])
      .describe('`password_needed`: give the two-step password with verify-otp. `ready`: finalize'),
    url: z
      .string()
      .nullable()
      .describe('`tg://login?token=…`, to be shown as a QR code while the status is `waiting`'),
    expires_at: Instant.nullable().describe(
      'Ask for the status then at the latest: it has a new code',
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
      description: 'The login lives for five minutes. Give the code with verify-otp.',
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
      summary: 'Have the code sent again, in the next way that Telegram offers',
      description: 'The code before it is no longer good.',
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
      summary: 'Give the code, and the two-step password where the account has one',
      tags,
      body: z.strictObject({
        temp_session_id: TempSessionId,
        code: z
          .string()
          .trim()
          .min(1)
          .max(64)
          .nullish()
          .meta({ example: '22222', description: 'Needed, unless the login is by QR code' }),
        password: z
          .string()
          .max(1024)
          .nullish()
          .meta({ example: 'my_2fa_password', description: 'Empty is none' }),
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
      description: 'An account that already has a session keeps its id and gets the new login.',
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
      summary: 'Give a login up; what it has done at Telegram is taken back',
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
        'Show the url as a QR code; it is scanned in a Telegram app under Settings → Devices. Ask for the status until it is no longer `waiting`. The login lives for five minutes.',
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
      summary: 'Whether the QR code has been scanned; a new one where it has expired',
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
