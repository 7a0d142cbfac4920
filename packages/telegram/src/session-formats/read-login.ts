/** A login from another client's session. Only data centre and auth key are used; its addresses are ignored. */
export interface ForeignLogin {
  readonly dcId: number
  /** 256 bytes. */
  readonly authKey: Buffer
}

export const REJECTIONS = [
  'not_a_session',
  'damaged',
  'not_logged_in',
  'several_logins',
  'unknown_data_centre',
  'too_large',
  'too_slow',
] as const
export type Rejection = (typeof REJECTIONS)[number]

/** `detail` is a sentence for the user. It quotes nothing of the session's content. */
export type ReadLogin =
  | { readonly status: 'ok'; readonly login: ForeignLogin }
  | { readonly status: 'rejected'; readonly reason: Rejection; readonly detail: string }

export const AUTH_KEY_BYTES = 256

/** Telegram's data centres are numbered 1 to 5. */
const LAST_DC = 5

export function rejected(reason: Rejection, detail: string): ReadLogin {
  return { status: 'rejected', reason, detail }
}

export function foreignLogin(dcId: number, authKey: Buffer): ReadLogin {
  if (!Number.isInteger(dcId) || dcId < 1 || dcId > LAST_DC)
    return rejected('unknown_data_centre', 'The session names a data centre that does not exist')
  if (authKey.length !== AUTH_KEY_BYTES || authKey.every((byte) => byte === 0))
    return rejected('not_logged_in', 'The session holds no login')
  return { status: 'ok', login: { dcId, authKey } }
}
