import { z } from 'zod'
import { contract } from './contract.ts'
import { problems } from './problem.ts'
import { PhoneNumber, TELEGRAM_PROBLEMS } from './session-logins.ts'
import { Session, SessionName, withSessionName } from './session.ts'

const tags = ['sessions'] as const

const IMPORT_NOTE =
  'Telegram confirms the account of the login before it is stored. Stop using the login elsewhere: Telegram revokes a login that is used from two places. If the account already has a session that needs a login, that session gets this login and keeps its id.'

const importAnswers = {
  200: Session,
  ...problems(
    'invalid_input',
    'account_banned',
    'api_credentials_rejected',
    'login_rejected',
    'login_unreadable',
    'phone_number_invalid',
    'account_has_session',
    'login_already_stored',
    'session_name_taken',
    'login_busy',
    'session_unavailable',
    ...TELEGRAM_PROBLEMS,
  ),
}

/** The Telegram application of a login. Coerced to numbers, because forms send text. */
const ownApi = {
  api_id: z.coerce.number().int().min(1).max(2_147_483_647).optional().meta({
    example: 12_345_678,
    description: 'Application that made the login; default: the configured one',
  }),
  api_hash: z.string().trim().min(1).max(128).optional().meta({ example: 'your_hash' }),
}

/** Removes empty `api_id` and `api_hash`: forms send empty fields as empty text. */
function withoutEmptyApi<Body extends z.ZodType>(body: Body) {
  return z.preprocess((input) => {
    if (typeof input !== 'object' || input === null) return input
    const isEmpty = ([name, value]: [string, unknown]) => name in ownApi && value === ''
    return Object.fromEntries(Object.entries(input).filter((field) => !isEmpty(field)))
  }, body)
}

export const sessionImportsApi = {
  importString: contract({
    method: 'POST',
    url: '/sessions',
    scope: 'sessions:write',
    schema: {
      operationId: 'importSessionString',
      summary: 'Import a session string of Telethon, GramJS or Pyrogram',
      description: `As a form or as JSON. ${IMPORT_NOTE}`,
      consumes: ['application/json', 'multipart/form-data', 'application/x-www-form-urlencoded'],
      tags,
      body: withoutEmptyApi(
        withSessionName(
          z.strictObject({
            session_name: SessionName,
            phone_number: PhoneNumber,
            session_string: z.string().min(1).max(4096).meta({ example: '1ApWapz…' }),
            ...ownApi,
          }),
        ),
      ),
      response: importAnswers,
    },
  }),
  importFile: contract({
    method: 'POST',
    url: '/sessions/upload-file',
    scope: 'sessions:write',
    schema: {
      operationId: 'uploadSessionFile',
      summary: 'Import a Telethon .session file',
      description: `At most 50 MiB. ${IMPORT_NOTE}`,
      consumes: ['multipart/form-data'],
      tags,
      body: withoutEmptyApi(
        withSessionName(
          z.strictObject({
            session_name: SessionName,
            phone_number: PhoneNumber,
            ...ownApi,
            session_file: z
              .custom<Uint8Array>((value) => value instanceof Uint8Array, 'Expected a file')
              .meta({ type: 'string', format: 'binary' }),
          }),
        ),
      ),
      response: importAnswers,
    },
  }),
}
