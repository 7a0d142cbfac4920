import { z } from 'zod'
import { ACTIVITY, SESSION_ORIGINS, SESSION_STATES } from './lists.ts'
import { Instant } from './values.ts'

export const SessionName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => !name.includes('\0'), 'NUL characters are not accepted')
  .meta({ example: 'my_telegram_session', description: '`name` is accepted as well' })

/** Accepts `name` as an alias of `session_name`. */
export function withSessionName<Body extends z.ZodType>(body: Body) {
  return z.preprocess((input) => {
    if (typeof input !== 'object' || input === null || !('name' in input)) return input
    const { name, ...rest } = input
    return { session_name: name, ...rest }
  }, body)
}

export const Session = z
  .object({
    id: z.int(),
    session_name: z.string(),
    phone_number: z.string(),
    created_at: Instant,
    name: z.string().describe('Same as session_name'),
    updated_at: Instant,
    is_active: z
      .enum(ACTIVITY)
      .describe('`paused` while the session is not used; `state` is the reason'),
    state: z
      .enum([...SESSION_STATES, 'flood_wait'])
      .describe(
        'paused: by PUT; needs_login: the login is no longer valid; revoked: the account ended the login; banned: Telegram banned the account. A new login makes the session active again, with the same id',
      ),
    state_reason: z
      .string()
      .nullable()
      .describe("Telegram's error that ended the login, such as AUTH_KEY_DUPLICATED"),
    flood_wait_until: Instant.nullable().describe('End of the flood wait of the account'),
    origin: z
      .enum(SESSION_ORIGINS)
      .describe('`import` for a login that was made with another client'),
    use_for_public: z
      .boolean()
      .describe(
        'Whether sources of public channels without a session may use this one; true by default',
      ),
  })
  .meta({
    id: 'Session',
    example: {
      id: 1,
      session_name: 'my_telegram_session',
      phone_number: '+1234567890',
      created_at: '2025-10-30T10:00:00.000Z',
      name: 'my_telegram_session',
      updated_at: '2025-10-30T10:00:00.000Z',
      is_active: 'active',
      state: 'active',
      state_reason: null,
      flood_wait_until: null,
      origin: 'login',
      use_for_public: true,
    },
  })
export type Session = z.infer<typeof Session>
